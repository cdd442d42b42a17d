"""CertificateSubjectRestriction: no certificate makes anybody a master of the cluster."""

import base64
from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

SIGNER = "kubernetes.io/kube-apiserver-client"
MASTERS = "system:masters"


async def admit(matter: Matter, _: "Backend") -> None:
    """Refuse requests for client certificates of the group that may do everything."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.get("spec") or {}
    if spec.get("signerName") != SIGNER:
        return
    from cryptography import x509  # Slow to load, and most servers never see a request.
    from cryptography.x509.oid import NameOID

    # That it can be parsed is validated before.
    request = x509.load_pem_x509_csr(base64.b64decode(spec["request"]))
    organizations = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if any(each.value == MASTERS for each in organizations):
        raise matter.forbidden(f"use of {SIGNER} signer with {MASTERS} group is not allowed")


PLUGIN = Plugin(
    "CertificateSubjectRestriction", Stage.VALIDATE, 108, frozenset({Operations.CREATE}), admit,
    frozenset({"certificatesigningrequests.certificates.k8s.io"}),
)
