"""A client for one etcd cluster: it asks one member, and the next one when that does not answer."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import grpc.aio
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DESCRIPTORS = Path(__file__).parent / "_generated" / "descriptors.binpb"
PACKAGE = "etcdserverpb"
SERVICES = ("KV", "Maintenance", "Cluster")
UNLIMITED = -1
PAGE = 500
OPTIONS = (
    ("grpc.max_receive_message_length", UNLIMITED),
    ("grpc.max_send_message_length", UNLIMITED),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),
)


class Failure(Exception):
    """etcd refused or failed; the text is its own."""


class Unavailable(Failure):
    """No member answers, the answer did not come in time, or the cluster has no leader."""


class Compacted(Failure):
    """The revision asked for is compacted; `oldest` is the first that is kept, 0 if unknown."""

    def __init__(self, text: str, oldest: int = 0) -> None:
        super().__init__(text)
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the members listen ("https://host:2379"), and the PEM files for https."""

    urls: tuple[str, ...]
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


@cache
def message(name: str) -> Any:
    """Return the class of a message of etcd.proto."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))


@cache
def _methods() -> dict[str, tuple[str, Any, Any]]:
    """Return path, request class and reply class of every method that is one question and one answer."""
    found = {}
    for service in SERVICES:
        for method in _pool().FindServiceByName(f"{PACKAGE}.{service}").methods:
            request, reply = message(method.input_type.name), message(method.output_type.name)
            found[method.name] = (f"/{PACKAGE}.{service}/{method.name}", request, reply)
    return found


def _translate(error: grpc.aio.AioRpcError) -> Failure:
    text = error.details() or error.code().name
    if error.code() == grpc.StatusCode.OUT_OF_RANGE and "compacted" in text:
        return Compacted(text)
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED):
        return Unavailable(text)
    return Failure(text)


def range_end(prefix: bytes) -> bytes:
    """Return the end of the range of all keys that begin with `prefix`."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


class Client:
    """Connections to the members, made when needed."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._current = 0

    async def call(self, method: str, *, seconds: float = 10.0, **fields: Any) -> Any:
        """Return the reply of `method`; raise Failure.

        Only questions without effect are asked of the next member when one does not answer: a write may have happened.
        """
        path, request, reply = _methods()[method]
        sent = request(**fields)
        is_harmless = method in ("Range", "Status", "MemberList")
        for attempt in range(len(self.endpoints.urls)):
            call = self._channel().unary_unary(
                path, request_serializer=request.SerializeToString, response_deserializer=reply.FromString)
            try:
                return await call(sent, timeout=seconds)
            except grpc.aio.AioRpcError as error:
                failure = _translate(error)
                if not isinstance(failure, Unavailable):
                    raise failure from error
                self._current += 1
                if not is_harmless or attempt == len(self.endpoints.urls) - 1:
                    raise failure from error
            except grpc.aio.UsageError as error:  # The channel was closed meanwhile.
                raise Unavailable(str(error)) from error
        raise Unavailable("no member is configured")

    async def pages(self, prefix: bytes, *, revision: int = 0) -> AsyncIterator[tuple[int, Sequence[Any]]]:
        """Yield (revision, key values) of all keys with `prefix`, page by page, all as of one revision."""
        start, end = prefix, range_end(prefix)
        while True:
            reply = await self.call("Range", seconds=60.0, key=start, range_end=end, limit=PAGE, revision=revision)
            revision = revision or reply.header.revision
            yield revision, reply.kvs
            if not reply.more:
                return
            start = reply.kvs[-1].key + b"\0"

    async def watch(self, prefix: bytes, *, revision: int) -> AsyncIterator[Any]:
        """Yield the replies of a watch from `revision` on; raise Compacted or Unavailable when it breaks."""
        request, reply = message("WatchRequest"), message("WatchResponse")
        call = self._channel().stream_stream(
            f"/{PACKAGE}.Watch/Watch", request_serializer=request.SerializeToString,
            response_deserializer=reply.FromString)
        # Without a leader the member would keep a watch open that hears of nothing.
        stream = call(metadata=(("hasleader", "true"),))
        created = message("WatchCreateRequest")(
            key=prefix, range_end=range_end(prefix), start_revision=revision, progress_notify=True, fragment=True)
        try:
            await stream.write(request(create_request=created))
            async for answer in _whole(stream):
                if answer.compact_revision:
                    raise Compacted(answer.cancel_reason or "compacted", answer.compact_revision)
                if answer.canceled:
                    raise Unavailable(answer.cancel_reason or "the watch was cancelled")
                yield answer
            raise Unavailable("the watch ended")
        except grpc.aio.AioRpcError as error:
            self._current += 1
            raise _translate(error) from error
        except grpc.aio.UsageError as error:
            raise Unavailable(str(error)) from error
        finally:
            stream.cancel()

    async def close(self) -> None:
        """Close the connections."""
        for channel in self._channels.values():
            await channel.close()

    def _channel(self) -> grpc.aio.Channel:
        url = self.endpoints.urls[self._current % len(self.endpoints.urls)]
        channel = self._channels.get(url)
        if channel is None:
            parts = urlsplit(url)
            target = parts.netloc if parts.scheme != "unix" else f"unix:{parts.path}"
            if parts.scheme == "https":
                channel = grpc.aio.secure_channel(target, self._credentials(), options=OPTIONS)
            else:
                channel = grpc.aio.insecure_channel(target, options=OPTIONS)
            self._channels[url] = channel
        return channel

    def _credentials(self) -> grpc.ChannelCredentials:
        files = (self.endpoints.authority, self.endpoints.key, self.endpoints.certificate)
        return grpc.ssl_channel_credentials(*(file.read_bytes() if file else None for file in files))


async def _whole(stream: Any) -> AsyncIterator[Any]:
    """Yield replies, those that came in fragments put together: the events of one revision stay in one piece."""
    kept: Any = None
    async for answer in stream:
        if kept is not None:
            kept.events.extend(answer.events)
            kept.fragment = answer.fragment
            answer = kept
        kept = answer if answer.fragment else None
        if kept is None:
            yield answer


