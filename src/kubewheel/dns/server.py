"""The DNS listener: UDP and TCP on one address, questions to the plugins in order, answers back."""

import asyncio
import ipaddress
import logging
import random
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from kubewheel.api import endpoint_slices
from kubewheel.client import Client, Informers
from kubewheel.dns.plugins import forward, kubernetes
from kubewheel.dns.settings import DnsSettings
from kubewheel.libs import dnswire, tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.dnswire import Answer, Code, Question, Record

STREAM_IDLE_SECONDS = 10.0
MAX_PENDING = 1000  # Questions answered at a time; more are dropped, and clients ask again.
log = logging.getLogger(__name__)


class Plugin(Protocol):
    """One link of the chain."""

    async def answer(self, question: Question) -> Answer | None:
        """Return the answer, or None to pass the question on."""
        ...


async def run(client: Client, settings: DnsSettings, clock: Clock, chance: random.Random | None = None) -> None:
    """Answer queries until cancelled."""
    informers = Informers(client, clock)
    resolver = Resolver(chain(informers, settings, clock, chance or random.Random()))  # noqa: S311 - ids of own queries
    async with asyncio.TaskGroup() as group:
        tasks.create_task(group, informers.run(), name="dns-informers")
        tasks.create_task(group, listen(resolver, settings), name="dns-listener")


def chain(informers: Informers, settings: DnsSettings, clock: Clock, chance: random.Random) -> tuple[Plugin, ...]:
    """Return the plugins in the order in which a question meets them."""
    forwarder = forward.Forward(settings.resolv_conf, settings.host, clock)

    async def resolve(name: str, record_type: int) -> Sequence[Record]:
        wire = dnswire.make_query(name, record_type, chance.randrange(1 << 16))
        answer = await forwarder.answer(Question(name.lower(), record_type, wire))
        return dnswire.response_facts(answer.wire)[2] if answer.wire else ()

    cluster = kubernetes.Kubernetes(
        informers.informer("Service", indexes={"address": kubernetes.service_addresses}),
        informers.informer(
            "EndpointSlice.discovery.k8s.io",
            indexes={"service": endpoint_slices.service_keys, "address": kubernetes.endpoint_addresses},
        ),
        informers.informer("Namespace"), settings.domain, settings.ttl, resolve,
    )
    return (cluster, forwarder)


class Resolver:
    """Takes a message, gives a message."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = plugins

    async def handle(self, wire: bytes, *, is_datagram: bool) -> bytes:
        """Return the answer to the query in `wire`; empty when none is due."""
        try:
            question = dnswire.parse_query(wire)
        except dnswire.Malformed:
            return dnswire.failure(wire, Code.FORMERR)
        for plugin in self._plugins:
            answer = await plugin.answer(question)
            if answer is not None:
                return dnswire.encode(question, answer, limit=question.limit if is_datagram else 65535)
        return dnswire.failure(wire, Code.REFUSED)


async def listen(resolver: Resolver, settings: DnsSettings) -> None:
    """Serve UDP and TCP until cancelled."""
    allowed = [ipaddress.ip_network(network) for network in settings.allowed]

    def is_allowed(host: str) -> bool:
        return not allowed or any(ipaddress.ip_address(host) in network for network in allowed)

    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(resolver, group, is_allowed), local_addr=(settings.host, settings.port)
        )

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if is_allowed(writer.get_extra_info("peername")[0]):
                await _serve_stream(resolver, reader, writer)
            writer.close()

        try:
            async with await asyncio.start_server(serve, settings.host, settings.port) as server:
                await server.serve_forever()
        finally:
            transport.close()


async def _serve_stream(resolver: Resolver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            async with asyncio.timeout(STREAM_IDLE_SECONDS):
                length = int.from_bytes(await reader.readexactly(2), "big")
                reply = await resolver.handle(await reader.readexactly(length), is_datagram=False)
                writer.write(len(reply).to_bytes(2, "big") + reply)
                await writer.drain()
    except (TimeoutError, OSError, asyncio.IncompleteReadError):
        return


class _Datagrams(asyncio.DatagramProtocol):
    """Answers each datagram in a task of its own, a bounded number at a time."""

    def __init__(self, resolver: Resolver, group: asyncio.TaskGroup, is_allowed: Callable[[str], bool]) -> None:
        self._resolver = resolver
        self._group = group
        self._is_allowed = is_allowed
        self._pending = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Another event loop's transport has the methods without being of asyncio's class.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if self._pending >= MAX_PENDING or not self._is_allowed(address[0]):
            return
        self._pending += 1
        tasks.create_task(self._group, self._answer(data, address), name="dns-question")

    async def _answer(self, data: bytes, address: tuple[str, int]) -> None:
        try:
            reply = await self._resolver.handle(data, is_datagram=True)
        finally:
            self._pending -= 1
        if reply and self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(reply, address)
