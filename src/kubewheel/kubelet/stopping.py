"""Stopping: containers with their hooks and their grace, in the order that sidecars need; then sandboxes."""

import asyncio
from collections.abc import Iterable

from kubewheel.kubelet import hooks, labels, pods
from kubewheel.kubelet.equipment import NORMAL, WARNING, Equipment
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import LIVENESS_FAILED, STARTUP_FAILED, Kill
from kubewheel.kubelet.runtime import ContainerStatus
from kubewheel.kubelet.targets import Target
from kubewheel.libs import tasks
from kubewheel.libs.wire import Object

LEAST_GRACE_SECONDS = 2.0  # What a container gets to stop in, however long its hook took.
ORPHAN_GRACE_SECONDS = 2.0  # For pods that the API has forgotten.
PROBE_OF_REASON = {LIVENESS_FAILED: "livenessProbe", STARTUP_FAILED: "startupProbe"}


class Stopper:
    """Stops what pods ran."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment

    async def kill(self, pod: Object, kills: Iterable[Kill], address: str) -> None:
        """Stop containers that are to be replaced, side by side."""
        async with asyncio.TaskGroup() as group:
            for kill in kills:
                grace = _grace_of_kill(pod, kill)
                work = self._stop(pod, kill.container, grace, address, kill.message)
                tasks.create_task(group, work, name=f"kill {pods.name(pod)}/{kill.container.container.name}")

    async def stop_pod(self, pod: Object | None, observed: Observed, address: str) -> None:
        """Stop all containers: first those that work, then sidecars, the last started first; then the sandboxes."""
        clock = self._equipment.clock
        grace = ORPHAN_GRACE_SECONDS if pod is None else pods.grace_seconds(pod)
        deadline = clock.monotonic() + grace
        order = [each["name"] for each in pods.sidecars(pod)] if pod is not None else []
        await self._stop_all(pod, [s for s in observed.running if s.container.name not in order], grace, address)
        for name in reversed(order):
            left = max(0.0, deadline - clock.monotonic())
            if grace:
                left = max(left, LEAST_GRACE_SECONDS)
            await self._stop_all(pod, [s for s in observed.running if s.container.name == name], left, address)
        for sandbox in observed.sandboxes:
            await self._equipment.runtime.stop_sandbox(sandbox.id)

    async def remove(self, observed: Observed) -> None:
        """Remove all that is stopped."""
        for status in observed.containers:
            await self._equipment.runtime.remove_container(status.container.id)
        for sandbox in observed.sandboxes:
            await self._equipment.runtime.remove_sandbox(sandbox.id)

    async def _stop_all(
        self, pod: Object | None, statuses: list[ContainerStatus], grace: float, address: str
    ) -> None:
        async with asyncio.TaskGroup() as group:
            for status in statuses:
                work = self._stop(pod, status, grace, address, "")
                tasks.create_task(group, work, name=f"stop {status.container.name}")

    async def _stop(
        self, pod: Object | None, status: ContainerStatus, grace: float, address: str, message: str
    ) -> None:
        kit, name = self._equipment, status.container.name
        if pod is not None:
            kit.tell(pod, NORMAL, "Killing", message or f"Stopping container {name}", name)
            if grace:
                grace = max(LEAST_GRACE_SECONDS, grace - await self._pre_stop(pod, status, grace, address))
        await kit.runtime.stop_container(status.container.id, grace)

    async def _pre_stop(self, pod: Object, status: ContainerStatus, grace: float, address: str) -> float:
        """Carry the preStop hook out within the grace; return how long it took."""
        kit = self._equipment
        spec = pods.container(pod, status.container.name)
        handler = ((spec or {}).get("lifecycle") or {}).get("preStop")
        if spec is None or not handler or not kit.runtime.real:
            return 0.0
        began = kit.clock.monotonic()
        try:
            async with asyncio.timeout(grace):
                await hooks.run(Target(pod, spec, status.container.id, address), handler, kit.runtime, kit.clock)
        except TimeoutError:
            pass
        except hooks.HookFailed:
            kit.tell(pod, WARNING, "FailedPreStopHook", "PreStopHook failed", status.container.name)
        return kit.clock.monotonic() - began


def _grace_of_kill(pod: Object, kill: Kill) -> float:
    """Return the grace of a container that failed a probe: the probe's own, or the pod's."""
    spec = pods.container(pod, kill.container.container.name) or {}
    probe = spec.get(PROBE_OF_REASON.get(kill.reason, "")) or {}
    own = probe.get("terminationGracePeriodSeconds")
    if own is not None:
        return float(own)
    return pods.grace_seconds(pod)


def dead_and_old(observed: Observed) -> list[ContainerStatus]:
    """Return the dead containers that nobody needs: all but the newest two of each name."""
    seen: dict[str, int] = {}
    result = []
    for status in observed.containers:
        name = status.container.name
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 2 and status not in observed.running:
            result.append(status)
    return result


def restart_count(status: ContainerStatus) -> int:
    """Return how often a container had been restarted when it was made."""
    return labels.restart_count(status.container.annotations, status.container.attempt)
