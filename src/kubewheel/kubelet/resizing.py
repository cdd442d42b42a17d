"""Resizing: other resources for containers that run, accepted when the node has room, and put into effect in place.

While a pod is on its way, its own group is as wide as what it had and what it is to have; memory that is in use is not
taken away.

In: a pod whose spec has changed.  Out: the pod as it is to be run, updates of containers, restarts where their author
wants them, and conditions that tell how far it is.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from kubewheel.kubelet import allocation, pods, resources
from kubewheel.kubelet.allocation import DEFERRED, Allocation, Change, Pending
from kubewheel.kubelet.equipment import NORMAL, WARNING, Equipment
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import CHANGED, Kill, Plan
from kubewheel.kubelet.pod_state import PodState, publish
from kubewheel.kubelet.runtime import RuntimeFailure
from kubewheel.libs import cgroups
from kubewheel.libs.wire import Object

FILE = "allocation.json"
RETRY_SECONDS = 5.0


class Refused(Exception):
    """Something cannot be given or taken now; the text is for the pod's condition."""


class Resizer:
    """Resizes one pod."""

    def __init__(self, equipment: Equipment, state: PodState) -> None:
        self._kit = equipment
        self._state = state

    async def current(self, pod: Object, observed: Observed) -> Object:
        """Return the pod with what is allocated to it, remembered from earlier turns or an earlier agent."""
        if self._state.allocation is None:
            found = None
            if self._kit.runtime.real and observed.sandboxes:
                found = await asyncio.to_thread(_read, self._path)
            self._state.allocation = found or allocation.begin(pod, observed)
        return allocation.applied(pod, self._state.allocation.needs)

    async def accept(self, pod: Object, observed: Observed) -> Object:
        """Allocate what the spec wants if the node has room for it; return the pod with what it gets."""
        found = self._allocation
        wanted = allocation.wanted(pod)
        if allocation.all_same(wanted, found.needs):
            found.pending = None
            found.needs = wanted  # The same amounts, as the author writes them by now.
            return pod
        pending = self._kit.gate.room(pod)
        if pending is None:
            # A pod without a container has nothing to change.
            found.settled = wanted if not observed.sandboxes else found.settled
            found.needs, found.generation = wanted, int(pod["metadata"].get("generation") or 0)
            found.pending, found.error = None, ""
            await self._keep(found)
            self._kit.gate.admit(allocation.held(pod, found))
            self._tell(pod, "ResizeStarted", "Pod resize started")
            self._state.mounted_at = float("-inf")  # Files may show limits.
            return pod
        if pending != found.pending:
            found.pending = pending
            reason = "ResizeDeferred" if pending.reason == DEFERRED else "ResizeInfeasible"
            self._kit.tell(pod, WARNING, reason, f"Pod resize {pending.reason}: {pending.message}")
        return allocation.applied(pod, found.needs)

    async def put_into_effect(self, pod: Object, observed: Observed, plan: Plan) -> float | None:
        """Give running containers what is allocated to them; return the seconds until the next turn, None for any.

        Containers to be started anew go into the plan.
        """
        found = self._allocation
        if allocation.all_same(found.needs, found.settled) and not allocation.plan_changes(pod, found, observed):
            return None
        error, found.error = found.error, ""
        try:
            plan.kill.extend(await self._step(pod, observed))
        except (Refused, RuntimeFailure, OSError) as problem:
            found.error = str(problem)
            if found.error != error:
                self._kit.tell(pod, WARNING, "ResizeError", found.error)
                publish(self._kit, self._state, observed)
            return RETRY_SECONDS
        return 0.0

    @property
    def _path(self) -> Path:
        return self._kit.volumes.pod_dir(self._state.uid) / FILE

    @property
    def _allocation(self) -> Allocation:
        assert self._state.allocation is not None
        return self._state.allocation

    async def _step(self, pod: Object, observed: Observed) -> list[Kill]:
        found = self._allocation
        changes = allocation.plan_changes(pod, found, observed)
        in_place = [change for change in changes if not change.restarts]
        kills = [
            Kill(each.status, CHANGED, f"Container {each.container['name']} resize requires restart")
            for each in changes if each.restarts
        ]
        before = self._limits(pod, found.settled)
        after = self._limits(pod, found.needs)
        actual = {**found.needs, **{each.container["name"]: each.before for each in changes}}
        await self._check_memory(pod, in_place, before, after)
        await self._limit(pod, allocation.widest(before, after, self._limits(pod, actual)))
        for change in in_place:
            await self._update(pod, change)
        if not kills:
            await self._limit(pod, after)
            found.settled = dict(found.needs)
            await self._keep(found)
            self._kit.gate.admit(pod)
            self._tell(pod, "ResizeCompleted", "Pod resize completed")
        return kills

    async def _update(self, pod: Object, change: Change) -> None:
        kit, container_id = self._kit, change.status.container.id
        told = resources.of_container(pod, change.container, kit.facts.memory_bytes)
        await kit.runtime.update_resources(container_id, told)
        self._allocation.given[container_id] = change.needs
        await self._keep(self._allocation)

    def _limits(self, pod: Object, needs: Mapping[str, allocation.Needs]) -> cgroups.Limits:
        return resources.of_pod(allocation.applied(pod, needs))

    async def _limit(self, pod: Object, limits: cgroups.Limits) -> None:
        root = self._kit.settings.cgroup_root
        if self._kit.runtime.real and root:
            await asyncio.to_thread(cgroups.make, resources.cgroup_of(root, pod), limits)

    async def _check_memory(
        self, pod: Object, changes: Sequence[Change], before: cgroups.Limits, after: cgroups.Limits
    ) -> None:
        """Raise Refused if memory that is in use were to be taken away."""
        kit = self._kit
        if not kit.runtime.real:
            return
        limit, old = after.memory_bytes, before.memory_bytes
        if kit.settings.cgroup_root and limit is not None and (old is None or limit < old):
            used = await asyncio.to_thread(cgroups.memory_usage, resources.cgroup_of(kit.settings.cgroup_root, pod))
            if used > limit:
                raise Refused(f"attempting to set pod memory limit ({limit}) below current usage ({used})")
        shrinking = [change for change in changes if change.memory_shrinks_to]
        if not shrinking:
            return
        usage = {each.container.id: each.memory_usage_bytes for each in await kit.runtime.container_stats()}
        for change in shrinking:
            used, limit = usage.get(change.status.container.id, 0), change.memory_shrinks_to
            if used > limit:
                name = change.container["name"]
                raise Refused(
                    f'attempting to set container "{name}" memory limit ({limit}) below current usage ({used})'
                )

    async def _keep(self, found: Allocation) -> None:
        """Let what was allocated outlive the agent."""
        if self._kit.runtime.real and not found.is_original:
            await asyncio.to_thread(_write, self._path, allocation.to_json(found))

    def _tell(self, pod: Object, reason: str, text: str) -> None:
        listed = [
            {"name": each["name"], "resources": each.get("resources") or {}}
            for each in [*pods.sidecars(pod), *pods.containers(pod)]
        ]
        about = orjson.dumps({"containers": listed, "generation": self._allocation.generation}).decode()
        self._kit.tell(pod, NORMAL, reason, f"{text}: {about}")


def _read(path: Path) -> Allocation | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return allocation.from_json(path.read_bytes())
    return None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.rename(path)


__all__ = ["Pending", "Refused", "Resizer"]
