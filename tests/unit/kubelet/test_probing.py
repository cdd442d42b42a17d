"""Probing over time: thresholds, order, memory of an earlier agent."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from kubewheel.kubelet.probing import Prober
from kubewheel.libs.clock import SteppedClock
from tests.component.kubelet.scripted import ScriptedRuntime
from tests.unit.kubelet.build import EXITED, UID, container, observed, pod, status


class Recorder:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def event(self, obj: Any, type: str, reason: str, message: str, **_: Any) -> None:
        self.messages.append(f"{reason}: {message}")


class Runtime(ScriptedRuntime):
    """Answers exec probes: `codes` by the command's word."""

    def __init__(self, clock: SteppedClock) -> None:
        super().__init__(clock)
        self.real = True
        self.codes = {"ready": 1, "alive": 0, "up": 1}
        self.asked: list[str] = []

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        self.asked.append(command[0])
        return self.codes[command[0]], b"", b""


class Subject:
    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.clock = SteppedClock()
        self.runtime, self.recorder, self.woken = Runtime(self.clock), Recorder(), []
        self.prober = Prober(self.runtime, self.recorder, self.clock, group, self.woken.append)  # type: ignore[arg-type]

    def begin(self, told: dict[str, Any] | None = None, **probes: Any) -> None:
        spec = container(**probes)
        subject = pod(spec, status={"containerStatuses": [told]} if told else None)
        running = status(spec=spec)
        moved = type(running)(running.container, started_at=self.clock.now())
        self.prober.sync(subject, observed(moved), "10.0.0.9")

    async def step(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.advance(1)
            for _ in range(10):
                await asyncio.sleep(0)

    @property
    def state(self) -> tuple[bool, bool, bool]:
        found = self.prober.found(UID)
        return "main" in found.started, "main" in self.prober.ready(UID), bool(found.liveness_failed)


@asynccontextmanager
async def subject() -> AsyncIterator[Subject]:
    async with asyncio.TaskGroup() as group:
        found = Subject(group)
        yield found
        found.prober.release(UID)


def probe(word: str, **fields: Any) -> dict[str, Any]:
    return {"exec": {"command": [word]}, "periodSeconds": 1, **fields}


async def test_no_probes_means_ready() -> None:
    async with subject() as found:
        found.begin()
        assert found.state == (True, True, False)


async def test_readiness_thresholds() -> None:
    async with subject() as found:
        found.begin(readinessProbe=probe("ready", successThreshold=2, failureThreshold=3, initialDelaySeconds=5))
        await found.step(4)
        assert found.runtime.asked == []
        found.runtime.codes["ready"] = 0
        await found.step(1)
        assert found.state == (True, False, False)
        await found.step(1)
        assert found.state == (True, True, False)
        found.runtime.codes["ready"] = 1
        await found.step(2)
        assert found.state[1]
        await found.step(1)
        assert not found.state[1]
        assert found.woken == [UID, UID]
        assert "Unhealthy: Readiness probe failed: " in found.recorder.messages


async def test_startup_comes_first() -> None:
    async with subject() as found:
        found.begin(startupProbe=probe("up", failureThreshold=30), livenessProbe=probe("alive", failureThreshold=1))
        await found.step(3)
        assert set(found.runtime.asked) == {"up"}
        assert found.state == (False, False, False)
        found.runtime.codes["up"] = 0
        await found.step(1)
        assert found.state == (True, True, False)
        found.runtime.codes["alive"] = 1
        await found.step(2)
        assert found.state == (True, True, True)
        assert "up" not in found.runtime.asked[-1:]


async def test_startup_failure() -> None:
    async with subject() as found:
        found.begin(startupProbe=probe("up", failureThreshold=2))
        await found.step(3)
        assert found.prober.found(UID).startup_failed == {"main-0"}


async def test_readiness_survives_the_agent() -> None:
    async with subject() as found:
        told = {"name": "main", "containerID": "containerd://main-0", "ready": True, "started": True}
        found.begin(told, readinessProbe=probe("ready"), startupProbe=probe("up"))
        assert found.state == (True, True, False)


async def test_dead_containers_are_not_probed() -> None:
    async with subject() as found:
        found.begin(readinessProbe=probe("ready"))
        await found.step(1)
        found.prober.sync(pod(), observed(status(state=EXITED)), "")
        found.runtime.asked.clear()
        await found.step(3)
        assert found.runtime.asked == []
        assert found.state == (False, False, False)
