"""DNS messages: questions, answers and their wire form (RFC 1035, 2782, 6891).

The one place that knows the `dnslib` package.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import dnslib

PLAIN_UDP_SIZE = 512  # What a client without EDNS takes (RFC 1035 section 4.2.1).
LARGEST_UDP_SIZE = 1232  # What travels unfragmented almost everywhere (https://www.dnsflagday.net/2020/).


class Type(IntEnum):
    """Record types that are answered here; others are forwarded or have no data."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    TXT = 16
    AAAA = 28
    SRV = 33
    ANY = 255


class Code(IntEnum):
    """Response codes."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


class Malformed(ValueError):
    """The bytes are no DNS query."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `name` is lower case without the last dot; `wire` is the message as it came."""

    name: str
    type: int
    wire: bytes
    limit: int = PLAIN_UDP_SIZE  # largest answer that the client takes over UDP, in bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record; `data` is an address, a name, a text, or (priority, weight, port, target) of an SRV."""

    name: str
    type: Type
    data: Any
    ttl: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: records made here, or a finished message in `wire` whose id fits the question."""

    code: Code = Code.NOERROR
    records: Sequence[Record] = ()
    authority: Sequence[Record] = ()
    additional: Sequence[Record] = ()
    is_authoritative: bool = True
    wire: bytes = field(default=b"", repr=False)


def parse_query(wire: bytes) -> Question:
    """Return the question in `wire`; raise Malformed if there is not exactly one."""
    try:
        message = dnslib.DNSRecord.parse(wire)
    except (dnslib.DNSError, ValueError, IndexError) as error:
        raise Malformed(str(error)) from error
    if message.header.qr or len(message.questions) != 1:
        raise Malformed("expected one question")
    question = message.questions[0]
    sizes = [record.edns_len for record in message.ar if record.rtype == dnslib.QTYPE.OPT]
    limit = min(max(sizes[0], PLAIN_UDP_SIZE), LARGEST_UDP_SIZE) if sizes else PLAIN_UDP_SIZE
    name = str(question.qname).rstrip(".").lower()
    return Question(name, question.qtype, wire, limit)


def encode(question: Question, answer: Answer, *, limit: int = 65535) -> bytes:
    """Return `answer` to `question` as a message; one longer than `limit` bytes is cut and marked truncated."""
    if answer.wire:
        return answer.wire if len(answer.wire) <= limit else _truncated(question)
    query = dnslib.DNSRecord.parse(question.wire)
    reply = query.reply(ra=1, aa=int(answer.is_authoritative))
    reply.header.rcode = int(answer.code)
    for record in answer.records:
        reply.add_answer(_encode_record(record))
    for record in answer.authority:
        reply.add_auth(_encode_record(record))
    for record in answer.additional:
        reply.add_ar(_encode_record(record))
    if any(record.rtype == dnslib.QTYPE.OPT for record in query.ar):
        reply.add_ar(dnslib.EDNS0(udp_len=LARGEST_UDP_SIZE))
    packed = bytes(reply.pack())
    return packed if len(packed) <= limit else _truncated(question)


def failure(wire: bytes, code: Code) -> bytes:
    """Return the shortest answer with `code` to a message that could not be read; empty if not even an id is there."""
    if len(wire) < 12 or wire[2] & 0x80:
        return b""
    return wire[:2] + bytes((0x80 | (wire[2] & 0x79), int(code))) + b"\0" * 8


def response_facts(wire: bytes) -> tuple[Code | None, int, list[Record]]:
    """Return the code, the smallest TTL and the address and name records of a response."""
    try:
        message = dnslib.DNSRecord.parse(wire)
    except (dnslib.DNSError, ValueError, IndexError) as error:
        raise Malformed(str(error)) from error
    records = [
        Record(str(record.rname).rstrip("."), Type(record.rtype), str(record.rdata).rstrip("."), record.ttl)
        for record in message.rr
        if record.rtype in (Type.A, Type.AAAA, Type.CNAME)
    ]
    ttls = [record.ttl for record in [*message.rr, *message.auth]]
    code = message.header.rcode
    return (Code(code) if code in set(Code) else None), min(ttls, default=0), records


def make_query(name: str, record_type: int, identifier: int) -> bytes:
    """Return a query for `name` as a message."""
    query = dnslib.DNSRecord.question(name, dnslib.QTYPE.get(record_type))
    query.header.id = identifier
    return bytes(query.pack())


def reverse_address(name: str) -> str:
    """Return the IPv4 address that an in-addr.arpa name stands for, or an empty string."""
    suffix = ".in-addr.arpa"
    parts = name.removesuffix(suffix).split(".")
    if not name.endswith(suffix) or len(parts) != 4 or not all(part.isdigit() for part in parts):
        return ""
    return ".".join(reversed(parts))


def _truncated(question: Question) -> bytes:
    reply = dnslib.DNSRecord.parse(question.wire).reply(ra=1, aa=0)
    reply.header.tc = 1
    return bytes(reply.pack())


def _encode_record(record: Record) -> Any:
    makers = {
        Type.A: dnslib.A, Type.AAAA: dnslib.AAAA, Type.CNAME: dnslib.CNAME, Type.PTR: dnslib.PTR,
        Type.TXT: dnslib.TXT, Type.NS: dnslib.NS,
    }
    if record.type == Type.SRV:
        priority, weight, port, target = record.data
        data = dnslib.SRV(priority, weight, port, target)
    elif record.type == Type.SOA:
        server, mailbox, times = record.data
        data = dnslib.SOA(server, mailbox, times)
    else:
        data = makers[record.type](record.data)
    return dnslib.RR(record.name, int(record.type), rdata=data, ttl=record.ttl)
