"""A client that calls any method of the interface by name, with plain values for the request's fields."""

from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DESCRIPTORS = Path(__file__).parent / "_generated" / "descriptors.binpb"
MAX_MESSAGE_BYTES = 16 << 20
SERVICES = ("runtime.v1.RuntimeService", "runtime.v1.ImageService")
EVENTS = "containerd.services.events.v1"
CONTAINERD_SECONDS = 60.0
NOT_YET = "server is not initialized yet"  # containerd's answer for about a second after its start


class Failure(Exception):
    """The runtime refused or failed; the text is its own."""


class Unavailable(Failure):
    """Nobody answers on the socket, or the runtime is still starting."""


class NotFound(Failure):
    """The sandbox, container or image does not exist."""


class AlreadyExists(Failure):
    """What was to be made is there."""


class DeadlineExceeded(Failure):
    """The call, or what it ran, did not end in time."""


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    """Return the messages of our own .proto files, apart from anybody else's of the same names."""
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    for file in files.file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


@cache
def message_class(full_name: str) -> Any:
    """Return the class of a message of the .proto files."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(full_name))


def _translate(error: grpc.aio.AioRpcError) -> Failure:
    text = error.details() or error.code().name
    if error.code() == grpc.StatusCode.UNAVAILABLE or NOT_YET in text:
        return Unavailable(text)
    if error.code() == grpc.StatusCode.NOT_FOUND:
        return NotFound(text)
    if error.code() == grpc.StatusCode.ALREADY_EXISTS:
        return AlreadyExists(text)
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded(text)
    return Failure(text)


class Client:
    """One connection to a runtime's socket; it reconnects by itself."""

    def __init__(self, socket: str, *, namespace: str = "k8s.io") -> None:
        options = [
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.default_authority", "localhost"),
        ]
        self.socket = socket
        self._namespace = namespace
        self._channel = grpc.aio.insecure_channel(f"unix://{socket}", options=options)
        self._methods: dict[str, tuple[Any, Any]] = {}
        for name in SERVICES:
            service = _pool().FindServiceByName(name)
            for method in service.methods:
                request = message_factory.GetMessageClass(method.input_type)
                reply = message_factory.GetMessageClass(method.output_type)
                call = self._channel.unary_unary(
                    f"/{name}/{method.name}",
                    request_serializer=request.SerializeToString,
                    response_deserializer=reply.FromString,
                )
                self._methods[method.name] = (call, request)

    async def call(self, method: str, *, seconds: float = 120.0, **fields: Any) -> Any:
        """Return the reply of `method`; raise Failure. `seconds` bounds the whole call."""
        call, request = self._methods[method]
        try:
            return await call(request(**fields), timeout=seconds)
        except grpc.aio.AioRpcError as error:
            raise _translate(error) from error
        except grpc.aio.UsageError as error:
            raise Unavailable(str(error)) from error

    async def ask_containerd(self, service: str, method: str, reply: str, request: Any) -> list[Any]:
        """Return the replies of a method of containerd's own services; `reply` names their type; raise Failure."""
        call = self._channel.unary_stream(
            f"/{service}/{method}", request_serializer=type(request).SerializeToString,
            response_deserializer=message_class(f"{service.rpartition('.')[0]}.{reply}").FromString,
        )
        try:
            metadata = (("containerd-namespace", self._namespace),)
            return [message async for message in call(request, timeout=CONTAINERD_SECONDS, metadata=metadata)]
        except grpc.aio.AioRpcError as error:
            raise _translate(error) from error

    async def task_events(self, topics: Sequence[str]) -> AsyncIterator[tuple[str, str]]:
        """Yield (topic, container id) as containerd reports them; raise Failure when the stream breaks.

        Processes that were run inside a container do not count as the container's.
        """
        envelope = message_class(f"{EVENTS}.Envelope")
        event = message_class(f"{EVENTS}.TaskEvent")
        request = message_class(f"{EVENTS}.SubscribeRequest")
        call = self._channel.unary_stream(
            f"/{EVENTS}.Events/Subscribe",
            request_serializer=request.SerializeToString,
            response_deserializer=envelope.FromString,
        )
        filters = [f'namespace=={self._namespace},topic=="{topic}"' for topic in topics]
        try:
            async for message in call(request(filters=filters)):
                task = event.FromString(message.event.value)
                if not task.id or task.id == task.container_id:
                    yield message.topic, task.container_id
        except grpc.aio.AioRpcError as error:
            raise _translate(error) from error

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()
