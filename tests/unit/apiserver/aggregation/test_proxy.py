"""How users are named to servers of aggregated APIs."""

import pytest

from kubewheel.apiserver.aggregation import proxy
from kubewheel.libs import http1
from kubewheel.libs.wire import Identity


def test_each_group_has_a_line() -> None:
    extra = {"Scopes/x": ("a", "b"), "none": ()}
    headers = proxy.identity_headers(Identity("bob", ("dev", "a,b"), "7", extra))
    sent = http1.encode_request_head("GET", "/", headers, headers.repeated).decode().splitlines()
    assert sorted(sent[1:-1]) == [
        "x-remote-extra-scopes%2fx: a", "x-remote-extra-scopes%2fx: b", "x-remote-group: a,b", "x-remote-group: dev",
        "x-remote-uid: 7", "x-remote-user: bob",
    ]


def test_names_cannot_break_out_of_their_line() -> None:
    headers = proxy.identity_headers(Identity("bob\r\nx-remote-group: system:masters", ("a\r\nb", "c")))
    sent = http1.encode_request_head("GET", "/", headers, headers.repeated).decode().split("\r\n")
    assert [line.partition(":")[0] for line in sent[1:-2]] == ["x-remote-group", "x-remote-group", "x-remote-user"]


@pytest.mark.parametrize(("key", "expected"), [
    ("scopes", "scopes"), ("example.com/a", "example.com%2Fa"), ("50%", "50%25"), ("ä", "%C3%A4"), ("a b", "a%20b"),
])
def test_keys_become_parts_of_header_names(key: str, expected: str) -> None:
    assert proxy.escaped(key) == expected
