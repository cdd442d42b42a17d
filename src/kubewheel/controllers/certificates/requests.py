"""What a certificate request asks for, and whether the signer that it names gives that."""

import base64
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

if TYPE_CHECKING:
    from cryptography import x509

KIND = "CertificateSigningRequest.certificates.k8s.io"
IDENTITY = "certificate-controller"
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
KUBELET_SERVING = "kubernetes.io/kubelet-serving"
LEGACY = "kubernetes.io/legacy-unknown"
NODES, NODE_PREFIX = "system:nodes", "system:node:"
SIGNING, ENCIPHERING = "digital signature", "key encipherment"
FOR_CLIENTS, FOR_SERVERS = "client auth", "server auth"


def pem(request: Object) -> bytes:
    """Return the request as its author encoded it."""
    return base64.b64decode(request["spec"]["request"])


def parse(request: Object) -> "x509.CertificateSigningRequest":
    """Return the request as an object; the API server has checked that it is one."""
    from cryptography import x509  # Slow to load, and most clusters never see a request.

    return x509.load_pem_x509_csr(pem(request))


def has(request: Object, condition: str) -> bool:
    """Tell whether the request is Approved, Denied, or Failed."""
    found = objects.condition(request, condition)
    return found is not None and found.get("status", "True") == "True"


def common_name(asked: "x509.CertificateSigningRequest") -> str:
    """Return whom the certificate is for."""
    from cryptography.x509.oid import NameOID

    found = asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _organizations(asked: "x509.CertificateSigningRequest") -> list[str]:
    from cryptography.x509.oid import NameOID

    return [str(each.value) for each in asked.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]


def _names(asked: "x509.CertificateSigningRequest") -> set[str]:
    """Return which types of alternative names there are: DNS, IP, Email, URI."""
    from kubewheel.libs import signing

    labels = ("DNS", "IP", "Email", "URI")
    types = dict(zip(signing.NAME_TYPES, labels, strict=True))
    return {types[type(name)] for name in signing.alternative_names(asked)}


def _usages_fault(usages: Collection[str], purpose: str) -> str:
    wanted = {SIGNING, purpose}
    if set(usages) in (wanted, wanted | {ENCIPHERING}):
        return ""
    return f"usages did not match [{' '.join(sorted(wanted | {ENCIPHERING}))}]"


def kubelet_client_fault(asked: "x509.CertificateSigningRequest", usages: Collection[str]) -> str:
    """Return why this is no request of a kubelet for its identity, empty if it is one."""
    if _organizations(asked) != [NODES]:
        return "subject organization is not system:nodes"
    names = _names(asked)
    for kind in ("DNS", "Email", "IP", "URI"):
        if kind in names:
            return f"{kind} subjectAltNames are not allowed"
    if not common_name(asked).startswith(NODE_PREFIX):
        return "subject common name does not begin with system:node:"
    return _usages_fault(usages, FOR_CLIENTS)


def kubelet_serving_fault(asked: "x509.CertificateSigningRequest", usages: Collection[str]) -> str:
    """Return why this is no request of a kubelet for its HTTPS server, empty if it is one."""
    if _organizations(asked) != [NODES]:
        return "subject organization is not system:nodes"
    names = _names(asked)
    if not names & {"DNS", "IP"}:
        return "DNS or IP subjectAltName is required"
    for kind in ("Email", "URI"):
        if kind in names:
            return f"{kind} subjectAltNames are not allowed"
    if fault := _usages_fault(usages, FOR_SERVERS):
        return fault
    return "" if common_name(asked).startswith(NODE_PREFIX) else "subject common name does not begin with system:node:"


def client_fault(_: "x509.CertificateSigningRequest", usages: Collection[str]) -> str:
    """Return why the usages are not those of a client, empty if they are."""
    for usage in usages:
        if usage not in (SIGNING, ENCIPHERING, FOR_CLIENTS):
            return f"invalid usage for client certificate: {usage}"
    return "" if FOR_CLIENTS in usages else f"missing required usage for client certificate: {FOR_CLIENTS}"


def no_fault(_: "x509.CertificateSigningRequest", __: Collection[str]) -> str:
    """Accept whatever has been approved."""
    return ""


Judge = Callable[["x509.CertificateSigningRequest", Collection[str]], str]
SIGNERS: Mapping[str, Judge] = {
    CLIENT: client_fault, KUBELET_CLIENT: kubelet_client_fault, KUBELET_SERVING: kubelet_serving_fault,
    LEGACY: no_fault,
}
