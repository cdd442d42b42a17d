"""certificates.k8s.io/v1beta1: who is to sign, and for which usages, may be left to the server."""

import base64
import binascii
import dataclasses
from typing import Any

from kubewheel.api.certificates.certificate_signing_request import LEGACY_SIGNER
from kubewheel.api.defaults.fields import fill_empty, part_of
from kubewheel.api.kinds import Kind
from kubewheel.api.retired.definitions import Struct
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object

USAGES = ("digital signature", "key encipherment")
NODES, NODE = "system:nodes", "system:node:"


def to_stored(request: dict[str, Any]) -> None:
    """Choose usages and signer for who has not."""
    spec = part_of(request, "spec")
    fill_empty(spec, "usages", [*USAGES])
    if not spec.get("signerName"):
        spec["signerName"] = _signer(spec)


def _signer(spec: Object) -> str:
    """Return the signer of a node's certificates if it is a node that asks, else the one that asks no questions."""
    asked = {*spec.get("usages", ())} - {"key encipherment"}
    subject = _subject(spec.get("request"))
    if subject is None or subject[0] != [NODES] or not subject[1].startswith(NODE):
        return LEGACY_SIGNER
    if asked == {"digital signature", "client auth"} and not subject[2]:
        return "kubernetes.io/kube-apiserver-client-kubelet"
    if asked == {"digital signature", "server auth"} and subject[2] and spec.get("username") == subject[1]:
        return "kubernetes.io/kubelet-serving"
    return LEGACY_SIGNER


def _subject(encoded: Any) -> tuple[list[str], str, bool] | None:
    """Return organisations, common name, and whether there are other names; None for what is no request."""
    from cryptography import x509  # Slow to load, and most servers never see a request.

    try:
        request = x509.load_pem_x509_csr(base64.b64decode(encoded or "", validate=True))
    except (binascii.Error, ValueError, TypeError):
        return None
    organisations = [str(each.value) for each in request.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)]
    names = [str(each.value) for each in request.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    has_more = any(isinstance(each.value, x509.SubjectAlternativeName) for each in request.extensions)
    return organisations, names[0] if names else "", has_more


def from_stored(_: dict[str, Any]) -> None:
    """Show it as it is stored."""


def adjust(kind: Kind) -> Kind:
    """Accept the signer that only v1beta1 knows."""

    def validate(request: Object) -> Faults:
        return [
            fault for fault in kind.validate(request)
            if not (fault.field == "spec.signerName" and fault.value == LEGACY_SIGNER)
        ]

    return dataclasses.replace(kind, validate=validate)


CONVERSIONS = {"CertificateSigningRequest": (to_stored, from_stored)}
STRUCTS = {"CertificateSigningRequestSpec": Struct(optional=("signerName",))}
