"""Which pods changed, told or found."""

import pytest

from kubewheel.kubelet import labels
from kubewheel.kubelet.runtime import RuntimeUnavailable, SandboxConfig
from kubewheel.kubelet.watching import RuntimeWatch
from kubewheel.libs.clock import SteppedClock
from tests.component.kubelet.scripted import ScriptedRuntime
from tests.unit.kubelet.build import UID, pod


async def watched() -> tuple[ScriptedRuntime, RuntimeWatch, list[str]]:
    clock, told = SteppedClock(), []
    runtime = ScriptedRuntime(clock)
    return runtime, RuntimeWatch(runtime, clock, 1.0, told.append), told


def config() -> SandboxConfig:
    return SandboxConfig(pod(), "web", "shop", UID, labels=labels.of_sandbox(pod()))


async def test_relist_tells_of_changes_only() -> None:
    runtime, watch, told = await watched()
    sandbox = await runtime.run_sandbox(config())
    await watch.relist()
    await watch.relist()
    assert told == [UID]
    assert watch.uids() == {UID}
    await runtime.stop_sandbox(sandbox)
    await watch.relist()
    await runtime.remove_sandbox(sandbox)
    await watch.relist()
    assert told == [UID] * 3
    assert watch.uids() == frozenset()


async def test_what_is_not_ours_is_left_alone() -> None:
    runtime, watch, told = await watched()
    await runtime.run_sandbox(SandboxConfig(pod(), "web", "shop", UID))
    await watch.relist()
    assert told == []


async def test_no_runtime() -> None:
    runtime, watch, _ = await watched()
    runtime.down = True
    with pytest.raises(RuntimeUnavailable):
        await watch.relist()
