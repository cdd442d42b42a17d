"""Names of what is proxied to, and redirects on the way back."""

from collections.abc import AsyncIterator

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.subresources import proxy
from kubewheel.apiserver.subresources.proxy import Target
from kubewheel.libs.wire import Response


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param("web", Target("", "web", ""), id="name"),
    pytest.param("web:http", Target("", "web", "http"), id="port"),
    pytest.param("https:web:", Target("https", "web", ""), id="scheme"),
    pytest.param("http:web:8080", Target("http", "web", "8080"), id="all"),
])
def test_parse(text: str, expected: Target) -> None:
    assert proxy.parse(text) == expected


@pytest.mark.parametrize("text", ["ftp:web:1", "a:b:c:d"])
def test_bad_names(text: str) -> None:
    with pytest.raises(StatusError, match="invalid service request"):
        proxy.parse(text)


@pytest.mark.parametrize(("location", "expected"), [
    pytest.param("/login?x=1", "/api/v1/namespaces/n/services/web/proxy/login?x=1", id="path"),
    pytest.param("http://10.0.0.1:80/a", "/api/v1/namespaces/n/services/web/proxy/a", id="same-host"),
    pytest.param("https://example.com/", "https://example.com/", id="elsewhere"),
    pytest.param("next", "next", id="relative"),
    pytest.param("/api/v1/namespaces/n/services/web/proxy/b#c", "/api/v1/namespaces/n/services/web/proxy/b#c",
                 id="through-already"),
])
async def test_redirects(location: str, expected: str) -> None:
    path = "/api/v1/namespaces/n/services/web/proxy/start"
    response = await proxy._come_back(
        Response(302, {"Location": location}), lambda link: proxy._through(link, "http://10.0.0.1:80", path)
    )
    assert response.headers["Location"] == expected


async def test_pages_lead_back() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'<a href="/x'
        yield b'">y</a>'

    page = Response(200, {"content-type": "text/html; charset=utf-8"}, chunks=chunks())
    assert (await proxy._come_back(page, lambda link: f"/proxy{link}")).body == b'<a href="/proxy/x">y</a>'
    plain = Response(200, {"content-type": "text/plain"}, body=b'<a href="/x">')
    assert await proxy._come_back(plain, lambda link: f"/proxy{link}") is plain
