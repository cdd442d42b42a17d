"""The listener: datagrams and streams in, answers out."""

import asyncio
import socket

import pytest

from kubewheel.dns import server
from kubewheel.dns.settings import DnsSettings
from kubewheel.libs import dnswire
from kubewheel.libs.dnswire import Answer, Code, Record, Type


class Many:
    """Answers with more addresses than a plain datagram holds."""

    async def answer(self, question):
        if question.name != "many.test":
            return None
        return Answer(records=[Record(question.name, Type.A, f"192.0.2.{number}", 5) for number in range(100)])


async def test_a_long_answer_is_cut_for_datagrams_only():
    resolver = server.Resolver([Many()])
    wire = dnswire.make_query("many.test", Type.A, 3)
    short = await resolver.handle(wire, is_datagram=True)
    long = await resolver.handle(wire, is_datagram=False)
    assert len(short) <= 512
    assert short[2] & 0x02
    assert len(dnswire.response_facts(long)[2]) == 100


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        pytest.param(b"\0\1" + b"\1\0" + b"\0" * 8, Code.FORMERR, id="no-question"),
        pytest.param(dnswire.make_query("other.test", Type.A, 1), Code.REFUSED, id="nobody-answers"),
    ],
)
async def test_failures_have_codes(wire, code):
    reply = await server.Resolver([Many()]).handle(wire, is_datagram=True)
    assert reply[:2] == b"\0\1"
    assert reply[3] & 0x0F == code


async def test_noise_gets_no_answer():
    assert await server.Resolver([Many()]).handle(b"xx", is_datagram=True) == b""


async def test_streams_carry_several_questions():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = DnsSettings(host="127.0.0.1", port=port, allowed=("127.0.0.0/8",))
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(server.listen(server.Resolver([Many()]), settings))
        reader, writer = await _connect(port)
        for identifier in (1, 2):
            wire = dnswire.make_query("many.test", Type.A, identifier)
            writer.write(len(wire).to_bytes(2, "big") + wire)
            length = int.from_bytes(await reader.readexactly(2), "big")
            reply = await reader.readexactly(length)
            assert reply[:2] == wire[:2]
        writer.close()
        listening.cancel()


async def _connect(port):
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
