"""One HTTP GET of a probe or hook: status line only, no certificate checks, a few redirects."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from kubewheel.kubelet.targets import Target, bracketed

USER_AGENT = "kube-probe/1.37"
REDIRECT_LIMIT = 10
HEADER_BYTES = 64 * 1024
REDIRECTS = (301, 302, 303, 307, 308)


class BadAnswer(Exception):
    """What came back is no HTTP."""


def url(target: Target, action: Mapping[str, Any]) -> str:
    """Return the address that an httpGet action names; raise targets.NoPort."""
    scheme = str(action.get("scheme") or "HTTP").lower()
    path = str(action.get("path") or "/")
    separator = "" if path.startswith("/") else "/"
    return f"{scheme}://{bracketed(target.host(action))}:{target.port(action)}{separator}{path}"


def headers(action: Mapping[str, Any], agent: str = USER_AGENT) -> list[tuple[str, str]]:
    """Return the headers to send: the action's, and ours where it has none."""
    given = [(header["name"], header.get("value") or "") for header in action.get("httpHeaders") or ()]
    names = {name.lower() for name, _ in given}
    ours = [("User-Agent", agent), ("Accept", "*/*")]
    return [*given, *((name, value) for name, value in ours if name.lower() not in names)]


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _once(address: str, sent: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """Return status code and Location of one request."""
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    host = parts.hostname or ""
    reader, writer = await asyncio.open_connection(
        host, port, ssl=_context() if secure else None, limit=HEADER_BYTES
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent if value), "Connection: close"]
        if not any(name.lower() == "host" for name, _ in sent):
            lines.insert(1, f"Host: {parts.netloc}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise BadAnswer("EOF" if isinstance(error, asyncio.IncompleteReadError) else "headers too long") from error
    finally:
        writer.close()
    words = head[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise BadAnswer(f"malformed HTTP response {head[0]!r}")
    location = next((line.partition(":")[2].strip() for line in head[1:] if line.lower().startswith("location:")), "")
    return int(words[1]), location


async def get(address: str, sent: Sequence[tuple[str, str]]) -> int:
    """Return the status code, after redirects on the same host; raise OSError, BadAnswer."""
    start = urlsplit(address).hostname
    for _ in range(REDIRECT_LIMIT):
        code, location = await _once(address, sent)
        if code not in REDIRECTS or not location:
            return code
        address = urljoin(address, location)
        if urlsplit(address).hostname != start:
            return code  # A redirect to another host counts as an answer.
    raise BadAnswer(f"stopped after {REDIRECT_LIMIT} redirects")


def explain(error: OSError, host: str, port: int) -> str:
    """Return a connection's failure in the words of Go's dialer."""
    reasons = {111: "connection refused", 113: "no route to host", 101: "network is unreachable", 104: "reset by peer"}
    text = reasons.get(error.errno or 0, error.strerror or str(error)).lower()
    return f"dial tcp {bracketed(host)}:{port}: connect: {text}"
