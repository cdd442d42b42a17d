"""CertificateSigning: who issues a certificate, or says why not, may sign as the signer that the request names."""

from typing import TYPE_CHECKING

from kubewheel.api import errors
from kubewheel.api.validation.faults import forbidden
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz import signers

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

GROUP = "certificates.k8s.io"
FOR_PODS = f"podcertificaterequests.{GROUP}"
FIELDS = ("certificate", "conditions", "certificateChain", "notBefore", "notAfter", "beginRefreshAt")


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse a certificate or conditions from somebody who is not the signer."""
    if matter.subresource != "status" or matter.old is None or matter.content is None:
        return
    new, old = matter.content.get("status") or {}, matter.old.get("status") or {}
    if all((new.get(field) or None) == (old.get(field) or None) for field in FIELDS):
        return
    signer = (matter.old.get("spec") or {}).get("signerName") or ""
    if signers.is_allowed(backend.authorizer, matter.identity, "sign", signer):
        return
    if matter.resource.storage_key == FOR_PODS:
        detail = f'User "{matter.identity.name}" is not permitted to "sign" for signer "{signer}"'
        raise errors.invalid(GROUP, "PodCertificateRequest", matter.name, [forbidden("spec.signerName", detail)])
    raise matter.forbidden(f'user not permitted to sign requests with signerName "{signer}"')


PLUGIN = Plugin(
    "CertificateSigning", Stage.VALIDATE, 104, frozenset({Operations.UPDATE}), admit,
    frozenset({"certificatesigningrequests.certificates.k8s.io", FOR_PODS}),
)
