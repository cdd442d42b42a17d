"""The HTTPS transport of the client: watches and followed logs are read as streams, the rest at once."""

import ssl
import tempfile
from pathlib import Path

from kubewheel.client.kubeconfig import Access
from kubewheel.libs.http_client import HttpTransport
from kubewheel.libs.wire import Request, Response

STREAMS = ("watch", "follow")


class HttpsTransport:
    """A `libs.wire.Transport` over `HttpTransport`."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    async def send(self, request: Request) -> Response:
        """Return the server's answer; streaming when the query asks for a stream."""
        stream = any(request.parameter(name) in ("true", "1") for name in STREAMS)
        return await self._transport.send(request, stream=stream)

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()


def connect(access: Access) -> HttpsTransport:
    """Return a transport to the server that a kubeconfig names, with its credentials."""
    context = _context(access) if access.server.startswith("https:") else None
    return HttpsTransport(HttpTransport(access.server, context, headers=_headers(access)))


def _headers(access: Access) -> dict[str, str]:
    token = access.token
    if access.token_file:
        token = Path(access.token_file).read_text().strip()
    if token:
        return {"authorization": f"Bearer {token}"}
    return {"authorization": f"Basic {access.basic}"} if access.basic else {}


def _context(access: Access) -> ssl.SSLContext:
    authority = access.authority.decode() or None
    context = ssl.create_default_context(cadata=authority)
    if access.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if access.certificate:
        # The ssl module loads certificates from files only.
        with tempfile.NamedTemporaryFile() as pair:
            pair.write(access.certificate + b"\n" + access.key)
            pair.flush()
            context.load_cert_chain(pair.name)
    return context
