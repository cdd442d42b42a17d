"""Credentials in the order in which they count."""

import datetime
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.authn.authenticator import Authenticator
from kubewheel.apiserver.authn.service_account import ServiceAccounts
from kubewheel.apiserver.settings import ApiServerSettings, FrontProxy
from kubewheel.libs import http1, tls
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request
from kubewheel.storage.memory import MemoryStore

CLOCK = SteppedClock()
NOW = datetime.datetime.fromtimestamp(CLOCK.now(), datetime.UTC)
CA = tls.make_authority("ca", NOW, 10)
PROXY_CA = tls.make_authority("proxy-ca", NOW, 10)


def certificate(authority: tls.Pair, name: str, *groups: str, days: int = 5) -> bytes:
    return tls.issue(authority, tls.Subject(name, groups), NOW, days).certificate.public_bytes(Encoding.DER)


def identify(
    *, headers: Mapping[str, str] | None = None, der: bytes | None = None, clock: SteppedClock = CLOCK,
    anonymous: bool = True,
) -> Identity:
    settings = ApiServerSettings(
        client_ca=CA.certificate_pem(), tokens={"t": Identity("bob", ("dev",), "7")}, anonymous=anonymous,
        front_proxy=FrontProxy(PROXY_CA.certificate_pem(), ("proxy",)),
    )
    accounts = ServiceAccounts(settings, MemoryStore(), clock, lambda: "id")
    return Authenticator(settings, accounts, clock).identify(
        Request("GET", "/", headers=headers or {}, peer_certificate=der)
    )


def test_certificate() -> None:
    found = identify(der=certificate(CA, "alice", "dev", "ops"))
    assert (found.name, found.groups) == ("alice", ("dev", "ops", "system:authenticated"))
    assert found.extra["authentication.kubernetes.io/credential-id"][0].startswith("X509SHA256=")


def test_certificate_of_another_authority() -> None:
    assert identify(der=certificate(tls.make_authority("other", NOW, 10), "alice")).name == "system:anonymous"


def test_certificate_out_of_time() -> None:
    late = SteppedClock(CLOCK.now() + 6 * 24 * 3600)
    assert identify(der=certificate(CA, "alice"), clock=late).name == "system:anonymous"


def test_certificate_beats_a_wrong_token() -> None:
    found = identify(der=certificate(CA, "alice"), headers={"authorization": "Bearer wrong"})
    assert found.name == "alice"


def test_tokens() -> None:
    found = identify(headers={"authorization": "Bearer t"})
    assert (found.name, found.groups, found.uid) == ("bob", ("dev", "system:authenticated"), "7")
    with pytest.raises(StatusError, match="Unauthorized"):
        identify(headers={"authorization": "Bearer wrong"})
    protocols = "v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.dA"
    assert identify(headers={"sec-websocket-protocol": protocols}).name == "bob"


def test_front_proxy() -> None:
    headers = http1.parse_headers(
        b"\r\nX-Remote-User: carol\r\nX-Remote-Group: a,1\r\nX-Remote-Group: b\r\nX-Remote-Extra-Scope: s"
    )
    found = identify(der=certificate(PROXY_CA, "proxy"), headers=headers)
    assert (found.name, found.groups) == ("carol", ("a,1", "b", "system:authenticated"))
    assert found.extra == {"scope": ("s",)}
    assert identify(headers=headers).name == "system:anonymous"
    assert identify(der=certificate(PROXY_CA, "stranger"), headers=headers).name == "system:anonymous"


def test_nobody() -> None:
    assert identify() == Identity("system:anonymous", ("system:unauthenticated",))
    with pytest.raises(StatusError):
        identify(anonymous=False)
