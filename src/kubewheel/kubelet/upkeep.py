"""Upkeep: one turn of a pod that is to run. Plan, then volumes, sandbox, containers, and tidying up."""

import asyncio
from collections.abc import Mapping

from kubewheel.kubelet import container_files, pods, starting, stopping
from kubewheel.kubelet.equipment import WARNING, Equipment
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import CRASH_LOOP, Kill, Plan, Situation, Start, plan_pod
from kubewheel.kubelet.pod_state import PodState, address, publish
from kubewheel.kubelet.references import NotSynced
from kubewheel.kubelet.runtime import ContainerState
from kubewheel.kubelet.volumes.kinds import Mounted
from kubewheel.libs.wire import Object

MOUNT, SANDBOX = "mount", "sandbox"  # keys of retry delays
NETWORK_RETRY_SECONDS = 1.0
AT_ONCE = 0.0


class Upkeep:
    """Carries out what `plan` says for one pod."""

    def __init__(self, equipment: Equipment, state: PodState) -> None:
        self._kit = equipment
        self._state = state
        self._starter = starting.Starter(equipment)
        self._stopper = stopping.Stopper(equipment)

    def plan(self, pod: Object, observed: Observed) -> Plan:
        """Return what to do next, and remember why containers wait."""
        self._kit.prober.sync(pod, observed, address(self._kit, pod, observed))
        plan = plan_pod(self._situation(pod, observed))
        starting_now = {start.spec["name"] for start in plan.start}
        kept = {
            name: waiting for name, waiting in self._state.waiting.items()
            if name in starting_now and waiting.reason != CRASH_LOOP
        }
        self._state.waiting = {**kept, **plan.waiting}
        self._tell_backoffs(pod, plan, starting_now)
        return plan

    async def act(self, pod: Object, observed: Observed, plan: Plan) -> float | None:
        """Carry the plan out; return the seconds until another turn is due, None if only news make one due."""
        if plan.kill:
            await self._stopper.kill(pod, plan.kill, address(self._kit, pod, observed))
            return AT_ONCE
        mounted = await self._volumes(pod, observed, needed=plan.make_sandbox or bool(plan.start))
        if mounted is None:
            return self._state.retry_delay(MOUNT, self._kit.clock.now())
        if plan.make_sandbox:
            return await self._make_sandbox(pod, observed)
        due = await self._start_all(pod, observed, plan, mounted)
        if plan.wake_at is not None:
            due.append(plan.wake_at - self._kit.clock.now())
        await self._tidy(observed)
        return min(due) if due else None

    def _situation(self, pod: Object, observed: Observed) -> Situation:
        held, seconds = {}, {}
        for container in pods.all_containers(pod):
            name = container["name"]
            latest = observed.latest(name)
            if latest is not None and latest.container.state == ContainerState.EXITED:
                since = latest.finished_at or latest.container.created_at
                held[name] = self._state.crashes.ready_at(name, since)
                seconds[name] = self._state.crashes.delay(name)
        return Situation(
            pod=pod, observed=observed, now=self._kit.clock.now(), held_until=held, hold_seconds=seconds,
            probes=self._kit.prober.found(self._state.uid),
        )

    def _tell_backoffs(self, pod: Object, plan: Plan, starting_now: set[str]) -> None:
        for name in plan.waiting:
            if f"{CRASH_LOOP}/{name}" not in self._state.told:
                self._state.told.add(f"{CRASH_LOOP}/{name}")
                message = f"Back-off restarting failed container {name} in pod {pods.full_name(pod)}"
                self._kit.tell(pod, WARNING, "BackOff", message, name)
        for name in starting_now:
            self._state.told.discard(f"{CRASH_LOOP}/{name}")

    async def _make_sandbox(self, pod: Object, observed: Observed) -> float:
        problem = self._kit.network_problem()
        if problem and not pods.uses_host_network(pod) and self._kit.runtime.real:
            self._kit.tell(pod, WARNING, "NetworkNotReady", f"network is not ready: {problem}")
            return NETWORK_RETRY_SECONDS
        try:
            await self._starter.make_sandbox(pod, observed.next_attempt)
        except starting.SandboxFailed:
            return self._state.retry_delay(SANDBOX, self._kit.clock.now())
        self._state.retries.reset(SANDBOX)
        return AT_ONCE

    async def _start_all(
        self, pod: Object, observed: Observed, plan: Plan, mounted: Mapping[str, Mounted]
    ) -> list[float]:
        """Start the planned containers in order; return in how many seconds further turns are due."""
        due: list[float] = []
        for start in plan.start:
            faulty_until = self._state.faulty_until.get(start.spec["name"], 0.0)
            if faulty_until > self._kit.clock.now():
                due.append(faulty_until - self._kit.clock.now())
                continue
            attempt = await self._starter.start(pod, start, observed, mounted)
            if attempt.container_id:
                self._note_restart(start)
            await self._take(pod, start, attempt)
            if self._state.is_outdated:  # What it failed for may be put right.
                self._state.faulty_until.pop(start.spec["name"], None)
            if attempt.container_id:
                due.append(AT_ONCE)
            if attempt.again_at is not None:
                due.append(attempt.again_at - self._kit.clock.now())
            if attempt.in_progress:
                break  # The next container starts after this one, as its author may count on.
        if plan.start and not any(each <= 0 for each in due):
            publish(self._kit, self._state, observed)
        return due

    def _note_restart(self, start: Start) -> None:
        """Let the next crash of a container that starts again wait longer; once for each of its lives."""
        before = start.replaces
        if before is None or before.container.state != ContainerState.EXITED:
            return
        mark = f"counted {before.container.id}"
        if mark not in self._state.told:
            self._state.told.add(mark)
            since = before.finished_at or before.container.created_at
            self._state.crashes.fail(start.spec["name"], since, self._kit.clock.now())

    async def _take(self, pod: Object, start: Start, attempt: starting.Attempt) -> None:
        """Remember why a container waits, and kill one whose hook failed."""
        name = start.spec["name"]
        if attempt.waiting is None:
            self._state.waiting.pop(name, None)
            self._state.faulty_until.pop(name, None)
            return
        if attempt.in_progress and name in self._state.faulty_until:
            return  # What failed stays on show while its next attempt is under way.
        self._state.waiting[name] = attempt.waiting
        if attempt.is_fault and attempt.again_at is not None:
            self._state.faulty_until[name] = attempt.again_at
        if attempt.hook_failed:
            fresh = await self._kit.observer.observe(self._state.uid)
            kills = [
                Kill(each, "PostStartHook", "FailedPostStartHook") for each in fresh.running
                if each.container.id == attempt.container_id
            ]
            await self._stopper.kill(pod, kills, address(self._kit, pod, fresh))

    async def _volumes(self, pod: Object, observed: Observed, *, needed: bool) -> Mapping[str, Mounted] | None:
        """Return the pod's volumes, brought up to date now and then; None when one is missing, which was told."""
        state, kit = self._state, self._kit
        kit.references.track(pod)
        fresh = kit.clock.monotonic() - state.mounted_at < kit.settings.resync_seconds
        if state.mounted is not None and fresh:
            return state.mounted
        ips = observed.sandbox.ips if observed.sandbox is not None else ()
        try:
            await kit.references.wait(state.uid)
            if not kit.runtime.real:
                state.mounted, state.mounted_at = {}, kit.clock.monotonic()
                return state.mounted
            outcome = await kit.volumes.set_up(pod, kit.pod_facts(ips))
            ready, failed = outcome.ready, outcome.failed
        except NotSynced as error:
            ready, failed = {}, {each["name"]: str(error) for each in pods.spec(pod).get("volumes") or ()}
        for name, problem in failed.items():
            kit.tell(pod, WARNING, "FailedMount", f'MountVolume.SetUp failed for volume "{name}" : {problem}')
        if failed:
            return None if needed else {}
        state.retries.reset(MOUNT)
        state.mounted, state.mounted_at = ready, kit.clock.monotonic()
        return ready

    async def _tidy(self, observed: Observed) -> None:
        """Remove containers that are dead and too old for `logs --previous`, and sandboxes without any."""
        kit = self._kit
        for found in stopping.dead_and_old(observed):
            await kit.runtime.remove_container(found.container.id)
            self._state.told.discard(f"counted {found.container.id}")
            if kit.runtime.real:
                directory = kit.volumes.pod_dir(self._state.uid)
                count = stopping.restart_count(found)
                await asyncio.to_thread(container_files.remove_container_files, directory, found, count)
        homes = {found.container.sandbox_id for found in observed.containers}
        for sandbox in observed.sandboxes[1:]:
            if sandbox.id not in homes:
                await kit.runtime.stop_sandbox(sandbox.id)
                await kit.runtime.remove_sandbox(sandbox.id)
