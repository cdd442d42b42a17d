"""The HTTPS port of a test's cluster: on loopback, only when somebody asks for it, with what clients need to use it."""

import base64
import datetime
import functools
import json
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kubewheel.libs import tls
from kubewheel.libs.http_listener import Listener
from kubewheel.testing.server import StagedServer

Place = tuple[str, int, ssl.SSLContext]
"""Where to listen, and as whom."""

LOOPBACK = "127.0.0.1"
DAYS = 30
AUTHORITY_DAYS = 36_500  # It signs at the cluster's time, which a test may move by years.


@functools.cache
def authority() -> tls.Pair:
    """Return the certificate authority of this process, made when it is first needed."""
    return tls.make_authority("kubewheel-tests", datetime.datetime.now(datetime.UTC), AUTHORITY_DAYS)


@functools.cache
def signing_key() -> bytes:
    """Return the key of this process's service-account tokens."""
    return tls.key_pem(tls.make_key())


@functools.cache
def _server_context() -> ssl.SSLContext:
    now = datetime.datetime.now(datetime.UTC)
    names = ("localhost", LOOPBACK, "kubernetes", "kubernetes.default", "kubernetes.default.svc")
    pair = tls.issue(authority(), tls.Subject("kubernetes", names=names), now, DAYS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile() as both:  # The ssl module loads certificates from files only.
        both.write(pair.certificate_pem() + pair.key_pem())
        both.flush()
        context.load_cert_chain(both.name)
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True, slots=True)
class Access:
    """What a client needs to reach the cluster."""

    url: str
    token: str
    authority: Path
    kubeconfig: Path


def loopback() -> Place:
    """Return any free port that only this machine reaches."""
    return LOOPBACK, 0, _server_context()


class Endpoint:
    """The port, open from `open` to `close`."""

    def __init__(self, token: str, place: Callable[[], Place]) -> None:
        self._token = token
        self._place = place
        self._listener: Listener | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.access: Access | None = None

    async def open(self, server: StagedServer) -> Access:
        """Listen, unless that is done already."""
        if self.access is not None:
            return self.access
        host, port, context = self._place()
        self._listener = await server.serve(host=host, port=port, ssl_context=context)
        self._folder = tempfile.TemporaryDirectory(prefix="kubewheel-")
        folder = Path(self._folder.name)
        access = Access(
            f"https://{LOOPBACK}:{self._listener.port}", self._token, folder / "ca.crt", folder / "kubeconfig"
        )
        access.authority.write_bytes(authority().certificate_pem())
        access.kubeconfig.touch(mode=0o600)
        access.kubeconfig.write_text(json.dumps(_kubeconfig(access), indent=1))
        self.access = access
        return access

    async def close(self) -> None:
        """Close the port and forget the files."""
        if self._listener is not None:
            await self._listener.close(grace_seconds=0.2)
        if self._folder is not None:
            self._folder.cleanup()


def _kubeconfig(access: Access) -> dict[str, object]:
    certificate = base64.b64encode(access.authority.read_bytes()).decode()
    return {
        "apiVersion": "v1", "kind": "Config", "current-context": "kubewheel",
        "clusters": [{"name": "kubewheel", "cluster": {
            "server": access.url, "certificate-authority-data": certificate,
        }}],
        "users": [{"name": "kubewheel", "user": {"token": access.token}}],
        "contexts": [{"name": "kubewheel", "context": {
            "cluster": "kubewheel", "user": "kubewheel", "namespace": "default",
        }}],
    }
