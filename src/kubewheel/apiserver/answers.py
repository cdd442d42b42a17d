"""The outermost stage: whatever happens inside leaves as a proper answer."""

import gzip
import logging

from kubewheel.api import errors
from kubewheel.api.errors import StatusError
from kubewheel.apiserver import negotiation, respond
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.libs.wire import Response
from kubewheel.storage import Unavailable

GZIP_BYTES = 128 * 1024  # Smaller answers are sent faster than they are compressed.
GZIP_LEVEL = 1
WARNING_CHARACTERS, CUT_CHARACTERS = 4096, 256  # Of all warnings of a request; of one, where all are too many.

log = logging.getLogger(__name__)


async def finish(exchange: Exchange, handle: Handler) -> Response:
    """Return the answer; an error as a Status, warnings as headers, large content compressed if the client wants."""
    try:
        response = await handle(exchange)
    except StatusError as error:
        response = failure(exchange, error)
    except Unavailable as error:
        response = failure(exchange, errors.unavailable(str(error)))
    except Exception:  # The outermost middleware: one broken request must not end the server.
        log.exception("request failed", extra={"method": exchange.request.method, "path": exchange.request.path})
        response = failure(exchange, errors.internal("the server could not complete the request; see its log"))
    if exchange.warnings:
        response.headers["Warning"] = ", ".join(_warning(text) for text in _shortened(exchange.warnings))
    if not exchange.in_memory:
        response.headers["Audit-Id"] = exchange.audit_id
        response.headers.setdefault("Cache-Control", "no-cache, private")
        _compress(exchange, response)
    return response


def failure(exchange: Exchange, error: StatusError) -> Response:
    """Return `error` as an answer."""
    try:
        form = negotiation.PLAIN if exchange.in_memory else negotiation.negotiate(exchange.request)
    except StatusError:
        form = negotiation.PLAIN
    response = respond.plain(exchange, error.status(), form, error.code)
    response.headers |= error.headers
    if "retryAfterSeconds" in error.details:
        response.headers.setdefault("Retry-After", str(error.details["retryAfterSeconds"]))
    if error.code == 401:
        response.headers["Www-Authenticate"] = "Bearer"
    return response


def _shortened(texts: list[str]) -> list[str]:
    """Return warnings that are not too long together: cut ones, and only so many."""
    if sum(map(len, texts)) <= WARNING_CHARACTERS:
        return texts
    shown: list[str] = []
    for text in texts:
        if sum(map(len, shown)) >= WARNING_CHARACTERS:
            break
        shown.append(text[:CUT_CHARACTERS])
    return shown


def _warning(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
    return f'299 - "{escaped}"'


def _compress(exchange: Exchange, response: Response) -> None:
    content = response.encoded if response.encoded is not None else response.body
    if content is None or len(content) < GZIP_BYTES:
        return
    if "gzip" not in exchange.request.headers.get("accept-encoding", ""):
        return
    packed = gzip.compress(content, GZIP_LEVEL, mtime=0)
    if response.encoded is not None:
        response.encoded = packed
    else:
        response.body = packed
    response.headers["Content-Encoding"] = "gzip"
    varies = response.headers.get("Vary")
    response.headers["Vary"] = f"{varies}, Accept-Encoding" if varies else "Accept-Encoding"
