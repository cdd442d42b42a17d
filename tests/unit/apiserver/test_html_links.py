"""Links in pages."""

import gzip
import zlib

import pytest

from kubewheel.apiserver import html_links


def through(link: str) -> str:
    return f"/p{link}" if link.startswith("/") else link


@pytest.mark.parametrize(("page", "expected"), [
    pytest.param('<a href="/x">y</a>', '<a href="/p/x">y</a>', id="quoted"),
    pytest.param("<A class=b HREF='/x'>y</A>", '<A class=b HREF="/p/x">y</A>', id="single-quotes"),
    pytest.param("<img src=/x alt=/x>", '<img src="/p/x" alt=/x>', id="bare"),
    pytest.param('<img src="/x"/>', '<img src="/p/x"/>', id="closed"),
    pytest.param('<a href="/x?a=1&amp;b=2">', '<a href="/p/x?a=1&amp;b=2">', id="escaped"),
    pytest.param('<a title="a>b" href="/x">', '<a title="a>b" href="/p/x">', id="bracket-in-a-value"),
    pytest.param('<a href="next"><p href="/x">', '<a href="next"><p href="/x">', id="nothing-to-do"),
    pytest.param('<!-- <a href="/x"> --><abbr href="/x">', '<!-- <a href="/x"> --><abbr href="/x">', id="no-tag"),
    pytest.param("<script src='/x'>'<a href=\"/x\">'</script><a href='/x'>",
                 "<script src=\"/p/x\">'<a href=\"/x\">'</script><a href=\"/p/x\">", id="script"),
    pytest.param('<title><a href="/x">', '<title><a href="/x">', id="never-closed"),
    pytest.param('a < b, <a href="/x', 'a < b, <a href="/x', id="cut-off"),
])
def test_pages(page: str, expected: str) -> None:
    assert html_links.rewrite_page(page.encode(), through).decode() == expected


def test_other_bytes_stay() -> None:
    page = b'\xff\xfe<a href="/x">\x80'
    assert html_links.rewrite_page(page, through) == b'\xff\xfe<a href="/p/x">\x80'


def test_compressed_pages() -> None:
    page, expected = b'<a href="/x">', b'<a href="/p/x">'
    assert gzip.decompress(html_links.rewrite_encoded(gzip.compress(page), "gzip", through)) == expected
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(page) + packer.flush()
    unpacked = zlib.decompress(html_links.rewrite_encoded(packed, "deflate", through), -zlib.MAX_WBITS)
    assert unpacked == expected
    assert html_links.rewrite_encoded(b"whatever", "br", through) == b"whatever"


def test_opened_quotes_take_no_time() -> None:
    page = b'<a "' * 20_000
    assert html_links.rewrite_page(page, through) == page
