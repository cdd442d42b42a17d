"""Probing: startup, readiness and liveness of every running container, each by a task of its own.

In: `sync` with a pod and its running containers.  Out: which containers are ready, have started, have failed; a
wake-up of the pod's worker when that changes; Unhealthy events.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.client import Recorder
from kubewheel.kubelet import pods
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import Probes
from kubewheel.kubelet.probes import kinds
from kubewheel.kubelet.runtime import ContainerState, ContainerStatus, Runtime
from kubewheel.kubelet.targets import Target
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

FIELDS = {"Startup": "startupProbe", "Readiness": "readinessProbe", "Liveness": "livenessProbe"}
TRIES = 3  # A probe that could not find out anything is repeated so often.


@dataclass(slots=True)
class _Probed:
    """What is known of one running container."""

    target: Target
    started_at: float
    started: asyncio.Event
    ready: bool
    liveness_failed: bool = False
    startup_failed: bool = False
    running: list[asyncio.Task[None]] = field(default_factory=list)


class Prober:
    """Probes the containers of this node."""

    def __init__(
        self, runtime: Runtime, recorder: Recorder, clock: Clock, group: asyncio.TaskGroup, wake: Callable[[str], None]
    ) -> None:
        self._runtime = runtime
        self._recorder = recorder
        self._clock = clock
        self._group = group
        self._wake = wake
        self._probed: dict[str, dict[str, _Probed]] = {}  # pod uid → container id

    def sync(self, pod: Object, observed: Observed, address: str) -> None:
        """Probe the containers that run, and no others."""
        uid = pods.uid(pod)
        known = self._probed.setdefault(uid, {})
        alive = {}
        for status in observed.containers:
            if status.container.state == ContainerState.RUNNING:
                alive[status.container.id] = status
        for container_id in [each for each in known if each not in alive]:
            self._stop(known.pop(container_id))
        for container_id, status in alive.items():
            spec = pods.container(pod, status.container.name)
            if container_id not in known and spec is not None:
                known[container_id] = self._begin(Target(pod, spec, container_id, address), status)

    def release(self, pod_uid: str) -> None:
        """Stop probing a pod."""
        for probed in self._probed.pop(pod_uid, {}).values():
            self._stop(probed)

    def end_restarts(self, pod_uid: str) -> None:
        """Go on with readiness only: a pod that terminates is not restarted."""
        for probed in self._probed.get(pod_uid, {}).values():
            for task in probed.running:
                if "readiness" not in task.get_name():
                    task.cancel()

    def ready(self, pod_uid: str) -> frozenset[str]:
        """Return the names of the containers that are ready."""
        return frozenset(
            probed.target.container["name"] for probed in self._probed.get(pod_uid, {}).values()
            if probed.ready and probed.started.is_set()
        )

    def found(self, pod_uid: str) -> Probes:
        """Return what probing says to the plan."""
        known = self._probed.get(pod_uid, {})
        return Probes(
            liveness_failed=frozenset(key for key, probed in known.items() if probed.liveness_failed),
            startup_failed=frozenset(key for key, probed in known.items() if probed.startup_failed),
            started=frozenset(
                probed.target.container["name"] for probed in known.values() if probed.started.is_set()
            ),
        )

    def _begin(self, target: Target, status: ContainerStatus) -> _Probed:
        name = target.container["name"]
        probed = _Probed(
            target=target, started_at=status.started_at or self._clock.now(), started=asyncio.Event(),
            ready=not self._probes(target, "Readiness"),
        )
        told = pods.status_of(target.pod, name) or {}
        if str(told.get("containerID", "")).endswith(target.container_id):
            # This agent was started anew: what was ready stays so until a probe says otherwise.
            probed.ready = probed.ready or bool(told.get("ready"))
            if told.get("started"):
                probed.started.set()
        if not self._probes(target, "Startup"):
            probed.started.set()
        for kind in FIELDS:
            if self._probes(target, kind) and not (kind == "Startup" and probed.started.is_set()):
                work = self._watch(probed, kind, target.container[FIELDS[kind]])
                label = f"{kind.lower()} probe of {pods.name(target.pod)}/{name}"
                probed.running.append(tasks.create_task(self._group, work, name=label))
        return probed

    def _probes(self, target: Target, kind: str) -> bool:
        return self._runtime.real and bool(target.container.get(FIELDS[kind]))

    def _stop(self, probed: _Probed) -> None:
        for task in probed.running:
            task.cancel()

    async def _watch(self, probed: _Probed, kind: str, probe: Mapping[str, Any]) -> None:
        """Probe again and again; a startup probe ends with success, liveness and startup end with failure."""
        if kind != "Startup":
            await probed.started.wait()
        wait = probed.started_at + float(probe.get("initialDelaySeconds") or 0) - self._clock.now()
        await self._clock.sleep(max(0.0, wait))
        period = float(probe.get("periodSeconds") or 10)
        successes = failures = 0
        while True:
            result = await self._try(probed, kind, probe)
            if result is not None:
                successes, failures = (successes + 1, 0) if result.success else (0, failures + 1)
                passed = successes >= int(probe.get("successThreshold") or 1)
                failed = failures >= int(probe.get("failureThreshold") or 3)
                if (passed or failed) and self._conclude(probed, kind, success=passed):
                    return
            await self._clock.sleep(period)

    def _conclude(self, probed: _Probed, kind: str, *, success: bool) -> bool:
        """Take a verdict over; return whether this probe has nothing more to find out."""
        before = (probed.ready, probed.started.is_set(), probed.liveness_failed, probed.startup_failed)
        if kind == "Readiness":
            probed.ready = success
        elif kind == "Startup":
            if success:
                probed.started.set()
            else:
                probed.startup_failed = True
        else:
            probed.liveness_failed = not success
        if before != (probed.ready, probed.started.is_set(), probed.liveness_failed, probed.startup_failed):
            self._wake(pods.uid(probed.target.pod))
        return kind == "Startup" or probed.liveness_failed

    async def _try(self, probed: _Probed, kind: str, probe: Mapping[str, Any]) -> kinds.Result | None:
        """Return what one probe found; None when it found out nothing."""
        name, action = kinds.action_of(probe)
        check = kinds.Check(probed.target, action, float(probe.get("timeoutSeconds") or 1), self._runtime)
        result = kinds.Result(False)
        for _ in range(TRIES):
            result = await kinds.run(check, name)
            if not result.error:
                break
        if not result.success:
            word = "errored and resulted in unknown state" if result.error else "failed"
            path = pods.field_path(probed.target.pod, probed.target.container["name"])
            self._recorder.event(
                probed.target.pod, "Warning", "Unhealthy", f"{kind} probe {word}: {result.output}", field_path=path
            )
        return None if result.error else result
