"""CertificateSigning: who issues a certificate, or says why not, may sign as the signer that the request names."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz import signers

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse a certificate or conditions from somebody who is not the signer."""
    if matter.subresource != "status" or matter.old is None or matter.content is None:
        return
    new, old = matter.content.get("status") or {}, matter.old.get("status") or {}
    if all((new.get(field) or None) == (old.get(field) or None) for field in ("certificate", "conditions")):
        return
    signer = (matter.old.get("spec") or {}).get("signerName") or ""
    if not signers.is_allowed(backend.authorizer, matter.identity, "sign", signer):
        raise matter.forbidden(f'user not permitted to sign requests with signerName "{signer}"')


PLUGIN = Plugin(
    "CertificateSigning", Stage.VALIDATE, 104, frozenset({Operations.UPDATE}), admit,
    frozenset({"certificatesigningrequests.certificates.k8s.io"}),
)
