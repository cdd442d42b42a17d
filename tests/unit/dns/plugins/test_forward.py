"""Names outside the cluster: real datagrams to a resolver on loopback."""

import asyncio

import dnslib
import pytest

from kubewheel.dns.plugins import forward
from kubewheel.libs import dnswire
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.dnswire import Code


class Upstream(asyncio.DatagramProtocol):
    """Answers every A query with one address, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.asked += 1
        query = dnslib.DNSRecord.parse(data)
        reply = query.reply()
        reply.add_answer(dnslib.RR(query.q.qname, dnslib.QTYPE.A, rdata=dnslib.A("192.0.2.9"), ttl=10))
        self.transport.sendto(reply.pack(), address)


@pytest.fixture
async def upstream():
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Upstream, local_addr=("127.0.0.1", 0)
    )
    protocol.port = transport.get_extra_info("sockname")[1]
    yield protocol
    transport.close()


def _question(name, identifier=7):
    return dnswire.parse_query(dnswire.make_query(name, dnswire.Type.A, identifier))


async def test_answers_are_kept_for_their_ttl(tmp_path, upstream):
    (tmp_path / "resolv.conf").write_text("# resolvers\nnameserver 127.0.0.1\nsearch x\n")
    clock = SteppedClock()
    plugin = forward.Forward(tmp_path / "resolv.conf", "192.0.2.2", clock, upstream.port)

    first = await plugin.answer(_question("example.com", 7))
    again = await plugin.answer(_question("example.com", 8))
    assert dnswire.response_facts(first.wire)[2][0].data == "192.0.2.9"
    assert (first.wire[:2], again.wire[:2]) == (b"\0\7", b"\0\x08")
    assert upstream.asked == 1

    clock.advance(11)
    await plugin.answer(_question("example.com", 9))
    assert upstream.asked == 2


@pytest.mark.parametrize("content", ["", "nameserver 192.0.2.2\n"], ids=["none", "only-ourselves"])
async def test_without_a_resolver_it_fails(tmp_path, content):
    (tmp_path / "resolv.conf").write_text(content)
    plugin = forward.Forward(tmp_path / "resolv.conf", "192.0.2.2", SteppedClock())
    assert (await plugin.answer(_question("example.com"))).code == Code.SERVFAIL


def test_at_most_three_resolvers_are_taken(tmp_path):
    (tmp_path / "r").write_text("".join(f"nameserver 192.0.2.{number}\n" for number in range(5)))
    assert len(forward.nameservers(tmp_path / "r")) == 3
    assert forward.nameservers(tmp_path / "missing") == []
