"""What a request asks for, and how ends are told."""

import orjson
import pytest

from kubewheel.kubelet.runtime import TerminalSize
from kubewheel.kubelet.server import remote_command
from kubewheel.kubelet.server.remote_command import Refused, Resizes, Wanted
from kubewheel.libs.wire import Request


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"input": ["1"], "output": ["1"], "error": ["1"]}, Wanted(stdin=True, stdout=True, stderr=True)),
        ({"stdout": ["true"], "stderr": ["true"]}, Wanted(stdout=True, stderr=True)),
        ({"output": ["1"], "error": ["1"], "tty": ["1"]}, Wanted(stdout=True, tty=True)),
    ],
)
def test_wanted_streams(query: dict[str, list[str]], expected: Wanted):
    assert remote_command.parse_wanted(Request("POST", "/exec", query)) == expected


def test_no_stream_is_refused():
    with pytest.raises(Refused, match="at least 1 of stdin, stdout, stderr"):
        remote_command.parse_wanted(Request("POST", "/exec", {"tty": ["1"]}))


def test_ends_are_told_as_json_or_text():
    status = orjson.loads(remote_command.encode_outcome(remote_command.exited(6), as_text=False))
    assert status["reason"] == "NonZeroExitCode"
    assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "6"}]
    assert orjson.loads(remote_command.encode_outcome(remote_command.exited(0), as_text=False)) == {
        "metadata": {}, "status": "Success",
    }
    assert remote_command.encode_outcome(remote_command.exited(0), as_text=True) == b""
    assert b"exit status 6" in remote_command.encode_outcome(remote_command.exited(6), as_text=True)
    assert remote_command.failed("x")["message"] == "Internal error occurred: x"


def test_sizes_are_read_in_any_pieces():
    resizes = Resizes()
    for piece in (b'{"Width":1,"He', b'ight":2}{"Width":3,"Height":4}\n', b"nonsense\n", b'{"Width":5}'):
        resizes.feed(piece)
    found = [resizes.queue.get_nowait() for _ in range(resizes.queue.qsize())]
    assert found == [TerminalSize(1, 2), TerminalSize(3, 4)]


def test_old_sizes_give_way():
    resizes = Resizes()
    for number in range(40):
        resizes.feed(b'{"Width":%d,"Height":1}' % number)
    assert resizes.queue.qsize() == remote_command.MAX_RESIZES
    assert resizes.queue.get_nowait().width == 40 - remote_command.MAX_RESIZES
