"""Client certificates: CN is the user, each O a group, as upstream's x509 request authenticator reads them."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from kubewheel.apiserver.authn.everybody import complete
from kubewheel.libs import tls
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity, Request

REMEMBERED = 4096  # Certificates parsed once; bounds what strangers with many certificates can occupy.
UID = ObjectIdentifier("1.3.6.1.4.1.57683.2")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a verified certificate says."""

    identity: Identity
    not_before: float
    not_after: float


def load_authorities(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates in `pem`; none if it is empty."""
    return tuple(x509.load_pem_x509_certificates(pem)) if pem.strip() else ()


def read_leaf(der: bytes, authorities: Sequence[x509.Certificate]) -> Leaf | None:
    """Return what the certificate says if one of `authorities` issued it for clients."""
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return None
    if not any(tls.is_signed_by(certificate, authority) for authority in authorities):
        return None
    if not _is_for_clients(certificate):
        return None
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names or not names[0].value:
        return None
    groups = tuple(str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
    uids = certificate.subject.get_attributes_for_oid(UID)
    identity = Identity(
        name=str(names[0].value), groups=groups, uid=str(uids[0].value) if uids else "",
        extra={"authentication.kubernetes.io/credential-id": (f"X509SHA256={hashlib.sha256(der).hexdigest()}",)},
    )
    return Leaf(
        complete(identity), certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    )


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usage


class Certificates:
    """Identifies clients by certificates of one set of authorities."""

    def __init__(self, authorities: bytes, clock: Clock) -> None:
        self._authorities = load_authorities(authorities)
        self._clock = clock
        self._known: OrderedDict[bytes, Leaf | None] = OrderedDict()

    def leaf(self, der: bytes) -> Leaf | None:
        """Return what the certificate says, or None if it is not of ours or out of its time."""
        if der in self._known:
            leaf = self._known[der]
        else:
            leaf = self._known[der] = read_leaf(der, self._authorities)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        if leaf is None or not leaf.not_before <= self._clock.now() <= leaf.not_after:
            return None
        return leaf

    def identify(self, request: Request) -> Identity | None:
        """Return whom the request's certificate names."""
        if request.peer_certificate is None or not self._authorities:
            return None
        leaf = self.leaf(request.peer_certificate)
        return leaf.identity if leaf else None
