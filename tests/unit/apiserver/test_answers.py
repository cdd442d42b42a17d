"""What leaves the server, whatever happens inside."""

import gzip

import orjson
import pytest

from kubewheel.api import errors
from kubewheel.apiserver import answers
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Request, Response


def exchange(**headers: str) -> Exchange:
    return Exchange(Request("GET", "/", headers={name.replace("_", "-"): value for name, value in headers.items()}))


async def test_status_errors() -> None:
    async def fail(_: Exchange) -> Response:
        raise errors.too_many_requests("later", 3)

    response = await answers.finish(exchange(), fail)
    assert (response.status, response.headers["Retry-After"]) == (429, "3")
    assert orjson.loads(response.encoded or b"")["reason"] == "TooManyRequests"


async def test_faults_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: Exchange) -> Response:
        raise ZeroDivisionError("secret detail")

    response = await answers.finish(exchange(), fail)
    assert response.status == 500
    assert b"secret detail" not in (response.encoded or b"")
    assert "secret detail" in caplog.text


async def test_warnings() -> None:
    async def warn(made: Exchange) -> Response:
        made.warn('a "quoted" one')
        made.warn("second")
        made.warn("second")
        return Response()

    response = await answers.finish(exchange(), warn)
    assert response.headers["Warning"] == '299 - "a \\"quoted\\" one", 299 - "second"'


@pytest.mark.parametrize(("size", "accept", "packed"), [
    pytest.param(200_000, "gzip", True, id="large"), pytest.param(100, "gzip", False, id="small"),
    pytest.param(200_000, "", False, id="not-asked"),
])
async def test_compression(size: int, accept: str, packed: bool) -> None:
    async def answer(_: Exchange) -> Response:
        return Response(encoded=b"x" * size)

    response = await answers.finish(exchange(accept_encoding=accept), answer)
    assert ("Content-Encoding" in response.headers) is packed
    if packed:
        assert gzip.decompress(response.encoded or b"") == b"x" * size
