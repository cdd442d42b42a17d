"""Log rotation on real files."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from kubewheel.kubelet import log_rotation
from kubewheel.kubelet import runtime as r
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs.clock import SteppedClock
from tests.component.kubelet.scripted import ScriptedRuntime


def test_set_aside_keeps_so_many(tmp_path: Path) -> None:
    log = tmp_path / "0.log"
    for moment in range(6):
        log.write_text(f"life {moment}")
        log_rotation.set_aside(log, 1_000_000.0 + moment, 4)
    names = [path.name for path in log_rotation.rotated(log)]
    assert len(names) == 3
    assert [name.endswith(".gz") for name in names] == [True, True, False]
    assert gzip.decompress((tmp_path / names[0]).read_bytes()) == b"life 3"
    assert (tmp_path / names[-1]).read_text() == "life 5"


class Runtime(ScriptedRuntime):
    reopened: list[str]
    refuses = False

    async def reopen_log(self, container_id: str) -> None:
        if self.refuses:
            raise r.RuntimeFailure("no")
        self.reopened.append(container_id)


async def rotator(tmp_path: Path) -> tuple[Runtime, log_rotation.LogRotator, Path]:
    clock = SteppedClock()
    runtime, log = Runtime(clock), tmp_path / "0.log"
    runtime.reopened = []
    log.write_bytes(b"x" * 100)
    container = r.Container("c", "s", "main", 0, r.ContainerState.RUNNING, 0.0)
    runtime.containers["c"] = r.ContainerStatus(container, log_path=str(log))
    settings = KubeletSettings("n", tmp_path, container_log_max_bytes=50)
    fields: Any = {"labels": {"io.kubernetes.pod.uid": "u"}}
    runtime.containers["c"] = r.ContainerStatus(
        r.Container("c", "s", "main", 0, r.ContainerState.RUNNING, 0.0, **fields), log_path=str(log)
    )
    return runtime, log_rotation.LogRotator(runtime, clock, settings), log


async def test_large_log_is_rotated(tmp_path: Path) -> None:
    runtime, subject, log = await rotator(tmp_path)
    await subject.rotate()
    assert runtime.reopened == ["c"]
    assert not log.exists()
    assert len(log_rotation.rotated(log)) == 1


async def test_refused_rotation_is_undone(tmp_path: Path) -> None:
    runtime, subject, log = await rotator(tmp_path)
    runtime.refuses = True
    with pytest.raises(r.RuntimeFailure):
        await subject.rotate()
    assert log.read_bytes() == b"x" * 100
