"""The little shell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.kubelet.simulated import shell
from kubewheel.kubelet.simulated.shell import World


def play(*command: str, given: bytes = b"", **environment: str) -> tuple[int, str, str]:
    program = shell.run(command, World("host", environment))
    outputs, reply = {1: b"", 2: b""}, b""
    pieces = [given] if given else []
    while True:
        try:
            action = program.send(reply) if reply else next(program)
        except StopIteration as stop:
            return stop.value, outputs[1].decode(), outputs[2].decode()
        reply = b""
        if isinstance(action, shell.Output):
            outputs[action.channel] += action.data
        elif isinstance(action, shell.Read):
            reply = pieces.pop() if pieces else b""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo a  b", (0, "a b\n", "")),
        ("echo 'a  b' \"$X ${X}\" '$X' \\$X", (0, "a  b 1 1 $X $X\n", "")),
        ("echo -n a; echo b", (0, "ab\n", "")),
        ("false && echo no; true && echo yes || echo no", (0, "yes\n", "")),
        ("false || echo rescue", (0, "rescue\n", "")),
        ("false; echo $?", (0, "1\n", "")),
        ("exit 4; echo never", (4, "", "")),
        ("echo err >&2; echo gone > /dev/null; echo gone 2>/dev/null >&2", (0, "", "err\ngone\n")),
        ("echo one | cat", (0, "one\n", "")),
        ("printf 'a\\nb\\n' | wc -l", (0, "2\n", "")),
        ("Y=2; echo $X$Y\necho next", (0, "12\nnext\n", "")),
        ("nosuch; echo $?", (0, "127\n", "sh: nosuch: not found\n")),
        ("cat /etc/hostname /nope", (1, "host\n", "cat: can't open '/nope': No such file or directory\n")),
        ("seq 2 4; printenv X; hostname; pwd; whoami", (0, "2\n3\n4\n1\nhost\n/\nroot\n", "")),
        ("date", (0, "Thu Jan  1 00:00:00 UTC 1970\n", "")),
    ],
)
def test_scripts(script: str, expected: tuple[int, str, str]):
    assert play("sh", "-c", script, X="1") == expected


def test_interactive():
    assert play("sh", given=b"echo hi\nfalse\nexit 3\necho never\n") == (3, "hi\n", "")
    assert play("/bin/bash", given=b"echo no newline") == (0, "no newline\n", "")


def test_cat_gives_its_input_back():
    assert play("cat", given=b"data") == (0, "data", "")


@pytest.mark.parametrize("script", ["while true; do echo; done", "nginx", "echo $(date)", "sleep 1 &", "echo 'open"])
def test_strict_worlds_refuse_what_is_unknown(script: str):
    program = shell.run(["sh", "-c", script], World(strict=True))
    with pytest.raises(shell.Unknown):
        list(program)


@given(st.text(max_size=60))
def test_any_script_ends(script: str):
    program = shell.run(["sh", "-c", script], World())
    try:
        for _ in range(1000):
            next(program)
    except (StopIteration, shell.Unknown):
        pass
