"""Everything else: asked of the node's own resolvers, with a small cache.

Answers are kept for their TTL, at most `MAX_TTL` seconds; at most `MAX_ENTRIES` of them.
"""

import asyncio
from collections import OrderedDict
from pathlib import Path

from kubewheel.libs import dnswire
from kubewheel.libs.clock import Clock
from kubewheel.libs.dnswire import Answer, Code, Question

MAX_TTL = 30
MAX_ENTRIES = 5000  # The oldest entry goes first.
SECONDS_PER_TRY = 2.0


def nameservers(resolv_conf: Path) -> list[str]:
    """Return the IPv4 and IPv6 resolvers that a resolv.conf names, at most three as the C library does."""
    try:
        lines = resolv_conf.read_text().splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [entry[1] for entry in words if len(entry) > 1 and entry[0] == "nameserver"][:3]


class Forward:
    """Asks the resolvers of `resolv_conf`, which is read anew for each question that the cache cannot answer."""

    def __init__(self, resolv_conf: Path, own_address: str, clock: Clock, port: int = 53) -> None:
        self._resolv_conf = resolv_conf
        self._own_address = own_address
        self._clock = clock
        self._port = port
        self._cache: OrderedDict[tuple[str, int], tuple[float, bytes]] = OrderedDict()

    async def answer(self, question: Question) -> Answer:
        """Return what the first resolver that answers says; SERVFAIL if none does."""
        cached = self._cached(question)
        if cached:
            return Answer(wire=question.wire[:2] + cached[2:])
        for server in nameservers(self._resolv_conf):
            if server == self._own_address:
                continue
            reply = await self._ask(server, question.wire)
            if reply and reply[:2] == question.wire[:2]:
                self._keep(question, reply)
                return Answer(wire=reply)
        return Answer(Code.SERVFAIL, is_authoritative=False)

    def _cached(self, question: Question) -> bytes:
        key = (question.name, question.type)
        until, reply = self._cache.get(key, (0.0, b""))
        if reply and until <= self._clock.monotonic():
            del self._cache[key]
            return b""
        return reply

    def _keep(self, question: Question, reply: bytes) -> None:
        try:
            code, ttl, _ = dnswire.response_facts(reply)
        except dnswire.Malformed:
            return
        if code not in (Code.NOERROR, Code.NXDOMAIN) or ttl <= 0 or reply[2] & 0x02:
            return
        self._cache[question.name, question.type] = (self._clock.monotonic() + min(ttl, MAX_TTL), reply)
        while len(self._cache) > MAX_ENTRIES:
            self._cache.popitem(last=False)

    async def _ask(self, server: str, wire: bytes) -> bytes:
        reply = await self._ask_datagram(server, wire)
        if reply and reply[2] & 0x02:
            return await self._ask_stream(server, wire) or reply
        return reply

    async def _ask_datagram(self, server: str, wire: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[bytes] = loop.create_future()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _OneReply(arrived, wire[:2]), remote_addr=(server, self._port)
            )
        except OSError:
            return b""
        try:
            transport.sendto(wire)
            async with asyncio.timeout(SECONDS_PER_TRY):
                return await arrived
        except (TimeoutError, OSError):
            return b""
        finally:
            transport.close()

    async def _ask_stream(self, server: str, wire: bytes) -> bytes:
        try:
            async with asyncio.timeout(SECONDS_PER_TRY):
                reader, writer = await asyncio.open_connection(server, self._port)
                try:
                    writer.write(len(wire).to_bytes(2, "big") + wire)
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    return await reader.readexactly(length)
                finally:
                    writer.close()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            return b""


class _OneReply(asyncio.DatagramProtocol):
    """Keeps the first datagram whose id is the one asked for."""

    def __init__(self, arrived: "asyncio.Future[bytes]", identifier: bytes) -> None:
        self._arrived = arrived
        self._identifier = identifier

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        if len(data) >= 12 and data[:2] == self._identifier and not self._arrived.done():
            self._arrived.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self._arrived.done():
            self._arrived.set_exception(error)
