"""What a client sees of a log's lines."""

import pytest

from kubewheel.kubelet.server import log_lines
from kubewheel.kubelet.server.log_lines import LineFilter
from kubewheel.kubelet.server.log_options import LogOptions

LINES = [
    b"2026-01-01T00:00:00.1Z stdout F one",
    b"2026-01-01T00:00:01.000000001Z stderr F two",
    b"2026-01-01T00:00:02Z stdout P three ",
    b"2026-01-01T00:00:03.25+02:00 stdout F and a half",
    b"2026-01-01T00:00:04Z stdout F ",
    b"torn",
]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (LogOptions(), b"one\ntwo\nthree and a half\n\n"),
        (LogOptions(stream="stderr"), b"two\n"),
        (LogOptions(stream="stdout"), b"one\nthree and a half\n\n"),
        (LogOptions(limit_bytes=5), b"one\nt"),
        (LogOptions(since=1767225602.0), b"three \n"),
        (LogOptions(timestamps=True, stream="stdout"),
         b"2026-01-01T00:00:00.100000000Z one\n2026-01-01T00:00:02.000000000Z three and a half\n"
         b"2026-01-01T00:00:04.000000000Z \n"),
    ],
)
def test_lines(options: LogOptions, expected: bytes):
    shown = LineFilter(options).take(LINES)
    assert shown == expected


def test_limit_is_reached_over_several_blocks():
    lines = LineFilter(LogOptions(limit_bytes=6))
    assert lines.take(LINES[:1]) == b"one\n"
    assert not lines.is_full
    assert lines.take(LINES[1:]) == b"tw"
    assert lines.is_full


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (b"2026-01-01T00:00:00Z", b"2026-01-01T00:00:00.000000000Z"),
        (b"2026-01-01T00:00:00.5+02:00", b"2026-01-01T00:00:00.500000000+02:00"),
        (b"2026-01-01T00:00:00-01:00", b"2026-01-01T00:00:00.000000000-01:00"),
        (b"2026-01-01T00:00:00.123456789Z", b"2026-01-01T00:00:00.123456789Z"),
    ],
)
def test_times_are_written_in_full(time: bytes, expected: bytes):
    assert log_lines.full_time(time) == expected
