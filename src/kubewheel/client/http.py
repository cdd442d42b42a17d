"""Connections of the client over HTTPS, made from what a kubeconfig says."""

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kubewheel.client.kubeconfig import Access
from kubewheel.libs.http_client import HeaderSource, HttpTransport


def connect(access: Access, headers: HeaderSource | None = None) -> HttpTransport:
    """Return a transport to the server that a kubeconfig names, with its credentials, or those in `headers`."""
    context = _context(access) if access.server.startswith("https:") else None
    if headers is None:
        headers = TokenFile(Path(access.token_file)) if access.token_file else _headers(access)
    return HttpTransport(access.server, context, headers, server_name=access.server_name)


class TokenFile:
    """The header of a token that somebody else keeps fresh in a file; read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = -1
        self._headers: Mapping[str, str] = {}

    def __call__(self) -> Mapping[str, str]:
        """Return the header with the newest token."""
        changed = self._path.stat().st_mtime_ns
        if changed != self._changed:
            self._headers = {"authorization": f"Bearer {self._path.read_text().strip()}"}
            self._changed = changed
        return self._headers


def _headers(access: Access) -> dict[str, str]:
    if access.token:
        return {"authorization": f"Bearer {access.token}"}
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
