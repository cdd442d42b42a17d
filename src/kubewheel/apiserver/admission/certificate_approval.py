"""CertificateApproval: who approves or denies a request may do so for the signer that it names."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz import signers

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse a decision about a signer that is none of the user's business."""
    if matter.subresource != "approval" or matter.old is None:
        return
    signer = (matter.old.get("spec") or {}).get("signerName") or ""
    if not signers.is_allowed(backend.authorizer, matter.identity, "approve", signer):
        raise matter.forbidden(f'user not permitted to approve requests with signerName "{signer}"')


PLUGIN = Plugin(
    "CertificateApproval", Stage.VALIDATE, 102, frozenset({Operations.UPDATE}), admit,
    frozenset({"certificatesigningrequests.certificates.k8s.io"}),
)
