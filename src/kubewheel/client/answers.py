"""Reads answers: objects, lists, errors and watch streams, however the transport delivers them."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import orjson

from kubewheel.api import errors
from kubewheel.libs.wire import Object, Response, WatchEvent


async def content(response: Response) -> bytes:
    """Return the whole body as bytes."""
    if response.encoded is not None:
        return response.encoded
    if response.body is not None:
        return response.body
    if response.object is not None:
        return orjson.dumps(response.object)
    if response.chunks is None:
        return b""
    return b"".join([chunk async for chunk in response.chunks])


async def decode(response: Response) -> Object:
    """Return the object that `response` carries; raise StatusError if it is an error."""
    found: Any = response.object
    if found is None:
        text = await content(response)
        found = _parse(text, response.status)
    if response.status >= 400 or (found.get("kind") == "Status" and found.get("status") == "Failure"):
        raise _error(found, response)
    result: Object = found
    return result


def _parse(text: bytes, status: int) -> Any:
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        return found
    if status >= 400:
        return {"code": status, "message": text.decode("utf-8", "replace").strip()}
    raise errors.StatusError(500, "InternalError", "the server answered with something that is no JSON object")


def _error(found: Object, response: Response) -> errors.StatusError:
    error = errors.from_status({"code": response.status, **found})
    error.headers.update(response.headers)
    return error


async def events(response: Response) -> AsyncGenerator[WatchEvent, None]:
    """Yield the events of a watch; raise StatusError if the watch was refused or ends in an ERROR event."""
    if response.status >= 400:
        await decode(response)
    source = response.events if response.events is not None else _lines(response)
    try:
        async for event in source:
            if event.type == "ERROR":
                raise errors.from_status(event.object)
            yield event
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


async def _lines(response: Response) -> AsyncGenerator[WatchEvent, None]:
    chunks: AsyncIterator[bytes] = response.chunks if response.chunks is not None else _once(response.body or b"")
    rest: list[bytes] = []
    async for chunk in chunks:
        *complete, last = chunk.split(b"\n")
        for line in complete:
            rest.append(line)
            whole = b"".join(rest)
            rest.clear()
            if whole:
                yield _event(whole)
        if last:
            rest.append(last)
    if rest:
        yield _event(b"".join(rest))


async def _once(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data


def _event(line: bytes) -> WatchEvent:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        # A connection that broke in the middle of a line; the caller resumes from the last whole event.
        raise ConnectionError("the watch ended in the middle of an event") from error
    return WatchEvent(found["type"], found["object"], line)
