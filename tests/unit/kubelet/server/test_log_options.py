"""What part of a log a query asks for."""

import pytest

from kubewheel.kubelet.server import log_options
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.kubelet.server.remote_command import Refused
from kubewheel.libs.wire import Request


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, LogOptions()),
        ({"follow": "true", "previous": "false", "timestamps": ""}, LogOptions(follow=True, timestamps=True)),
        ({"tailLines": "3", "limitBytes": "10"}, LogOptions(tail_lines=3, limit_bytes=10)),
        ({"tail": "all"}, LogOptions()),
        ({"sinceSeconds": "5"}, LogOptions(since=95.0)),
        ({"sinceTime": "1970-01-01T00:01:00Z"}, LogOptions(since=60.0)),
        ({"stream": "Stderr"}, LogOptions(stream="stderr")),
        ({"stream": "All", "tailLines": "1"}, LogOptions(tail_lines=1)),
    ],
)
def test_options(query: dict[str, str], expected: LogOptions):
    assert log_options.parse(Request("GET", "/", {name: [value] for name, value in query.items()}), 100.0) == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"tailLines": "x"}, 400), ({"sinceTime": "yesterday"}, 400), ({"tailLines": "-1"}, 422),
        ({"limitBytes": "0"}, 422), ({"sinceSeconds": "0"}, 422), ({"stream": "Stdin"}, 422),
        ({"sinceSeconds": "1", "sinceTime": "1970-01-01T00:00:00Z"}, 422),
        ({"stream": "Stdout", "tailLines": "1"}, 422),
    ],
)
def test_nonsense_is_refused(query: dict[str, str], status: int):
    with pytest.raises(Refused) as caught:
        log_options.parse(Request("GET", "/", {name: [value] for name, value in query.items()}), 100.0)
    assert caught.value.status == status
