"""What is observed of a pod, and what is remembered."""

from dataclasses import replace
from pathlib import Path

from kubewheel.kubelet import labels
from kubewheel.kubelet import runtime as r
from kubewheel.kubelet.observe import Observer
from kubewheel.libs.clock import SteppedClock
from tests.component.kubelet.scripted import ScriptedRuntime
from tests.unit.kubelet.build import CREATED, EXITED, UID, observed, sandbox, status


class Runtime(ScriptedRuntime):
    asked = 0

    async def container_status(self, container_id: str) -> r.ContainerStatus:
        self.asked += 1
        return await super().container_status(container_id)


def runtime_with(*statuses: r.ContainerStatus) -> Runtime:
    runtime = Runtime(SteppedClock())
    runtime.sandboxes = {each.id: each for each in (sandbox(), sandbox(attempt=1))}
    runtime.containers = {each.container.id: each for each in statuses}
    return runtime


async def test_newest_first_and_asked_once() -> None:
    runtime = runtime_with(status(state=EXITED), status(restarts=1))
    observer = Observer(runtime)
    found = await observer.observe(UID)
    await observer.observe(UID)
    assert [each.attempt for each in found.sandboxes] == [1, 0]
    assert [each.container.id for each in found.containers] == ["main-1", "main-0"]
    assert runtime.asked == 2
    observer.forget(found)
    await observer.observe(UID)
    assert runtime.asked == 4


async def test_change_of_state_is_seen() -> None:
    runtime = runtime_with(status())
    observer = Observer(runtime)
    await observer.observe(UID)
    runtime.exit("main", 3)
    found = await observer.observe(UID)
    assert (found.containers[0].container.state, found.containers[0].exit_code) == (EXITED, 3)
    observer.keep_only(set())
    await observer.observe(UID)
    assert runtime.asked == 3


async def test_last_words_are_read(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("why")
    dead = status(state=EXITED, code=1)
    container = replace(dead.container, annotations={labels.TERMINATION_FILE: str(tmp_path / "t")})
    runtime = runtime_with(replace(dead, container=container))
    runtime.real = True
    assert (await Observer(runtime).observe(UID)).containers[0].message == "why"


def test_questions() -> None:
    found = observed(status(state=EXITED), status(restarts=1), status("other", CREATED))
    assert found.latest("main").container.id == "main-1"  # type: ignore[union-attr]
    assert found.previous("main").container.id == "main-0"  # type: ignore[union-attr]
    assert found.previous("other") is None
    assert [each.container.id for each in found.running] == ["main-1"]
    assert found.next_attempt == 1
    assert observed(sandboxes=(sandbox(ready=False),)).sandbox is None
