"""Bytes that are hardly HTTP, sent to a listening server: each gets an answer or a closed connection, never a hang."""

import asyncio
import random
from collections.abc import Iterator

from kubewheel.libs.wire import Request
from tests.fuzz.target import Fault, Target

SECONDS = 5.0
HOST = b"Host: x\r\nAuthorization: Bearer admin\r\n"
POST = b"POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\n" + HOST
BODY = b'{"metadata":{"generateName":"w-"}}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
GET = b"GET /version HTTP/1.1\r\n"
SMUGGLED = b"GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n"

CASES: tuple[bytes, ...] = (
    b"", b"\r\n", b"\r\n" * 100, b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
    GET + b"\r\n", GET + b"Host: a\r\nHost: b\r\n\r\n", GET + HOST + b"\r\n" + GET + HOST + b"\r\n",
        b"\x16\x03\x01\x02",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET " + b"/a" * 600_000 + b" HTTP/1.1\r\n\r\n",
    GET + b"X: " + b"y" * 2_000_000,
    GET + b"A: b\r\n" * 20_000 + b"\r\n", GET + HOST + b"No colon\r\n\r\n", GET + HOST + b": empty\r\n\r\n",
    GET + HOST + b" folded: x\r\n\r\n", GET + HOST + b"X : y\r\n\r\n", GET + HOST + b"X: \x00\r\n\r\n",
    GET + HOST + b"X: \xff\xfe\r\n\r\n", GET.replace(b"\r\n", b"\n") + HOST.replace(b"\r\n", b"\n") + b"\n",
    b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /?%zz=%ff&&=&a HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET http://x/version HTTP/1.1\r\n" + HOST + b"\r\n", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"CONNECT x:443 HTTP/1.1\r\n" + HOST + b"\r\n", b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"G\xe9T / HTTP/1.1\r\n" + HOST + b"\r\n", POST + LENGTH + b"\r\n" + BODY, POST + LENGTH + b"\r\n" + BODY[:9],
    POST + b"Content-Length: -1\r\n\r\n" + BODY, POST + b"Content-Length: x\r\n\r\n" + BODY,
    POST + b"Content-Length: +5\r\n\r\n" + BODY, POST + b"Content-Length: 1_0\r\n\r\n" + BODY,
    POST + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY, POST + LENGTH + LENGTH + b"\r\n" + BODY,
    POST + b"Content-Length: 99999999999999999999999\r\n\r\n" + BODY, POST + b"Content-Length: 3145729\r\n\r\n",
    POST + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nabc",
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%bXX0\r\n\r\n" % (len(BODY), BODY),
    POST + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n" + BODY, POST + b"Expect: x\r\n" + LENGTH + b"\r\n" + BODY,
    GET + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        GET + HOST + b"Upgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
    b"GET /api/v1/namespaces/default/pods/a/exec?command=x HTTP/1.1\r\n" + HOST
    + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"POST /api/v1/namespaces/default/pods/a/exec?command=x HTTP/1.1\r\n" + HOST
    + b"Upgrade: SPDY/3.1\r\nConnection: Upgrade\r\n\r\n\x80\x03\x00\x01",
)


def cases(seed: int, count: int) -> Iterator[bytes]:
    """Yield the cases, and damaged ones."""
    yield from CASES
    chance = random.Random(seed)
    small = [each for each in CASES if 0 < len(each) < 5000]
    for _ in range(count):
        data = bytearray(chance.choice(small))
        for _ in range(chance.choice((1, 2, 5))):
            place = chance.randrange(len(data) + 1)
            data[place:place + chance.choice((0, 1, 1, 3))] = chance.choice((b"", b"\r\n", b"\x00", b" ", b"\xff", b":",
                b"9"))
        yield bytes(data)


async def run(target: Target, seed: int, count: int) -> int:
    """Send the cases, each over its own connection, then ask whether the server is well; return how many were sent."""
    listener = await target.server.serve(host="127.0.0.1", port=0, ssl_context=None)
    sent = 0
    for data in cases(seed, count):
        seen = len(target.records.texts)
        answer = await _talk(listener.port, data)
        sent += 1
        if what := _wrong(answer, target.records.texts[seen:]):
            target.tally.faults.append(Fault(what, Request("RAW", "", {}, {}, data)))
    await listener.close()
    return sent


async def _talk(port: int, data: bytes) -> bytes | None:
    """Send bytes, say that no more follow, and return all that comes back; None if the server does not end it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(SECONDS):
            writer.write(data)
            writer.write_eof()
            return await reader.read(-1)
    except TimeoutError:
        return None
    except OSError:
        return b""
    finally:
        writer.close()


def _wrong(answer: bytes | None, logged: list[str]) -> str:
    if logged:
        return "\n".join(logged)
    if answer is None:
        return "the connection stays open"
    if answer and not answer.startswith(b"HTTP/1.1 "):
        return f"no HTTP: {answer[:80]!r}"
    if answer.startswith(b"HTTP/1.1 5") and not answer.startswith(b"HTTP/1.1 501"):  # Go's word for unknown encodings.
        return f"answered {answer[:300]!r}"
    return "a hidden request was answered" if b'"SecretList"' in answer else ""
