"""Lifecycle hooks."""

from collections.abc import Sequence

import pytest

from kubewheel.kubelet import hooks
from kubewheel.kubelet.runtime import RuntimeFailure
from kubewheel.kubelet.targets import Target
from kubewheel.libs.clock import RealClock, SteppedClock
from tests.component.kubelet.scripted import ScriptedRuntime
from tests.unit.kubelet.build import container, pod

SUBJECT = container()
TARGET = Target(pod(SUBJECT), SUBJECT, "c", "127.0.0.1")


class Runtime(ScriptedRuntime):
    code: int | None = 0

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        if self.code is None:
            raise RuntimeFailure("no such file")
        return self.code, b"out", b"err"


@pytest.mark.parametrize(("code", "problem"), [
    (0, ""), (3, "command 'run it' exited with 3: outerr"), (None, "no such file"),
])
async def test_exec(code: int | None, problem: str) -> None:
    runtime = Runtime(SteppedClock())
    runtime.code = code
    work = hooks.run(TARGET, {"exec": {"command": ["run", "it"]}}, runtime, SteppedClock())
    if not problem:
        await work
        return
    with pytest.raises(hooks.HookFailed) as caught:
        await work
    assert str(caught.value) == problem


@pytest.mark.parametrize("handler", [{"httpGet": {"port": "none"}}, {"httpGet": {"port": 1}}, {"tcpSocket": {}}])
async def test_failures(handler: dict[str, object]) -> None:
    with pytest.raises(hooks.HookFailed):
        await hooks.run(TARGET, handler, Runtime(SteppedClock()), SteppedClock())


async def test_sleep() -> None:
    await hooks.run(TARGET, {"sleep": {"seconds": 0}}, Runtime(SteppedClock()), RealClock())
