"""The pause program: runs, reaps, ends at SIGTERM."""

import os
import platform
import signal
import subprocess
import time
from pathlib import Path

import pytest

from kubewheel.libs import pause_image

RT_SIGTIMEDWAIT = 128


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the program is for this processor only")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_program_ends_at_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "pause"
    path.write_bytes(pause_image.program("x86_64"))
    path.chmod(0o755)
    process = subprocess.Popen([str(path)])
    deadline = time.monotonic() + 5
    while not Path(f"/proc/{process.pid}/syscall").read_text().startswith(f"{RT_SIGTIMEDWAIT} "):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGCHLD)
    assert process.poll() is None
    os.kill(process.pid, number)
    assert process.wait(5) == 0


def test_program_is_small() -> None:
    assert len(pause_image.program("x86_64")) < 256


def test_other_machines_are_refused() -> None:
    with pytest.raises(pause_image.UnsupportedMachine, match="no pause program for riscv64"):
        pause_image.program("riscv64")


def test_archive_names_the_image() -> None:
    assert b"kubewheel.local/pause:1" in pause_image.archive("kubewheel.local/pause:1", "x86_64")
