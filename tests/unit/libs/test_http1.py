"""HTTP/1.1 parsing: strict heads, lengths, queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.libs import http1


@pytest.mark.parametrize(
    "line",
    [
        b"GET  / HTTP/1.1", b"GET / HTTP/2.0", b"GET /a b HTTP/1.1", b"GET relative HTTP/1.1", b"G\x00T / HTTP/1.1",
        b"GET /\x7f HTTP/1.1", b"GET ftp://host/ HTTP/1.1", b"", b"GET /",
    ],
)
def test_refuses_request_lines(line: bytes):
    with pytest.raises(http1.Malformed):
        http1.parse_request_line(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET /a?b=c HTTP/1.1", ("GET", "/a", "b=c", 1)),
        (b"OPTIONS * HTTP/1.0", ("OPTIONS", "*", "", 0)),
        (b"GET https://host:1/a?b HTTP/1.1", ("GET", "/a", "b", 1)),
        (b"GET http://host HTTP/1.1", ("GET", "/", "", 1)),
    ],
)
def test_reads_request_lines(line: bytes, expected: tuple[str, str, str, int]):
    assert http1.parse_request_line(line) == expected


@pytest.mark.parametrize(
    "block",
    [
        b"\r\nA b: c", b"\r\nA: b\r\n folded", b"\r\nA : b", b"\r\n: b", b"\r\nA: b\nB: c", b"\r\nA: \x00",
        b"\r\nContent-Length: 1\r\nContent-Length: 1", b"\r\nHost: a\r\nHost: b", b"\r\nA: b\rC: d",
    ],
)
def test_refuses_headers(block: bytes):
    with pytest.raises(http1.Malformed):
        http1.parse_headers(block)


def test_keeps_the_values_of_repeated_headers_apart():
    headers = http1.parse_headers(b"\r\nImpersonate-Group: a,b\r\nAccept:  x \r\nimpersonate-group:c")
    assert headers == {"impersonate-group": "a,b, c", "accept": "x"}
    assert http1.header_values(headers, "impersonate-group") == ["a,b", "c"]
    assert http1.header_values(headers, "accept") == ["x"]
    assert http1.header_values(headers, "absent") == []
    assert http1.header_tokens(headers, "impersonate-group") == ["a", "b", "c"]
    assert http1.header_values({"accept": "y"}, "accept") == ["y"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "1", "transfer-encoding": "chunked"}, {"transfer-encoding": "gzip"},
        {"content-length": "-1"}, {"content-length": "+1"}, {"content-length": "0x1"}, {"content-length": "1, 1"},
        {"content-length": ""}, {"content-length": "\u0661"},
    ],
)
def test_refuses_lengths(headers: dict[str, str]):
    with pytest.raises(http1.Malformed):
        http1.body_length(headers)


def test_decodes_queries_and_paths():
    query = "a=1&a=%32&b=x+y&c&=&labelSelector=app%3Dweb%2Ctier%21%3D1"
    assert http1.decode_query(query) == {
        "a": ["1", "2"], "b": ["x y"], "c": [""], "": [""], "labelSelector": ["app=web,tier!=1"],
    }
    assert http1.decode_path("/a%20b/%C3%A4") == "/a b/ä"
    assert http1.decode_path("/ä".encode().decode("latin-1")) == "/ä"


def test_a_value_cannot_smuggle_a_header():
    head = http1.encode_response_head(200, {"Warning": "a\r\nSet-Cookie: b", "X": "y"})
    assert head == b"HTTP/1.1 200 OK\r\nWarning: a  Set-Cookie: b\r\nX: y\r\n\r\n"


@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_refused(data: bytes):
    for parse in (http1.parse_headers, http1.parse_response, http1.parse_request_line):
        try:
            parse(data)
        except http1.Malformed:
            pass
