"""Plan: what to do next for one pod, from what the API wants and the runtime has. Pure and synchronous.

The worker carries a plan out, looks again, and plans again, until nothing is left to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.kubelet import labels, pods
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.runtime import ContainerState, ContainerStatus
from kubewheel.libs.wire import Object

CRASH_LOOP = "CrashLoopBackOff"
LIVENESS_FAILED, STARTUP_FAILED, CHANGED = "LivenessProbe", "StartupProbe", "ContainerChanged"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a container does not run."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Kill:
    """A running container to stop; `reason` says why, `message` goes into the event."""

    container: ContainerStatus
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Start:
    """A container to start, for the `restart_count`-th time after the first."""

    spec: pods.ContainerSpec
    restart_count: int
    replaces: ContainerStatus | None = None


@dataclass(frozen=True, slots=True)
class Probes:
    """What probing has found: container ids that failed, containers (by name) that have started."""

    liveness_failed: frozenset[str] = frozenset()
    startup_failed: frozenset[str] = frozenset()
    started: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a plan depends on. `held_until` says when a crashed container may start again (wall time)."""

    pod: Object
    observed: Observed
    now: float
    held_until: Mapping[str, float] = field(default_factory=dict)
    hold_seconds: Mapping[str, float] = field(default_factory=dict)
    probes: Probes = Probes()


@dataclass(slots=True)
class Plan:
    """What to do, in this order: kill, make a sandbox, start containers one after the other."""

    kill: list[Kill] = field(default_factory=list)
    make_sandbox: bool = False
    start: list[Start] = field(default_factory=list)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    wake_at: float | None = None  # when a back-off ends
    initialized: bool = False
    finished: bool = False  # nothing will run again: stop what is left

    def hold(self, situation: Situation, container: pods.ContainerSpec) -> None:
        """Let a crashed container wait for the end of its back-off."""
        name = container["name"]
        seconds = _duration(situation.hold_seconds.get(name, 0.0))
        text = f"back-off {seconds} restarting failed container={name} pod={pods.full_name(situation.pod)}"
        self.waiting[name] = Waiting(CRASH_LOOP, text)
        until = situation.held_until[name]
        self.wake_at = until if self.wake_at is None else min(self.wake_at, until)


def _duration(seconds: float) -> str:
    """Return whole seconds as Go prints a duration: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _rule_applies(rule: Mapping[str, Any], exit_code: int) -> bool:
    codes = rule.get("exitCodes") or {}
    listed = exit_code in (codes.get("values") or ())
    return listed if codes.get("operator") == "In" else not listed


def should_restart(pod: Object, container: pods.ContainerSpec, exit_code: int) -> bool:
    """Return whether a container that ended with `exit_code` is to run again."""
    for rule in container.get("restartPolicyRules") or ():
        if _rule_applies(rule, exit_code):
            return bool(rule.get("action") == "Restart")
    policy = container.get("restartPolicy") or pods.restart_policy(pod)
    is_init = any(each["name"] == container["name"] for each in pods.init_containers(pod))
    if policy == "Always" and is_init and not pods.is_sidecar(container):
        policy = "OnFailure"  # An init container that succeeded has done its work.
    if policy == "Always":
        return True
    return bool(policy == "OnFailure" and exit_code != 0)


def _has_ended(situation: Situation, container: pods.ContainerSpec) -> bool:
    """Return whether a container has run, in any sandbox, and will not run again."""
    latest = situation.observed.latest(container["name"])
    if latest is None or latest.container.state != ContainerState.EXITED:
        return False
    return not should_restart(situation.pod, container, latest.exit_code)


def _init_failed(situation: Situation) -> bool:
    """Return whether an init container failed for good."""
    for container in pods.init_containers(situation.pod):
        latest = situation.observed.latest(container["name"])
        if latest is None or pods.is_sidecar(container) or latest.exit_code == 0:
            continue
        if _has_ended(situation, container):
            return True
    return False


def _is_finished(situation: Situation) -> bool:
    """Return whether the pod has nothing left to run."""
    if _init_failed(situation):
        return True
    containers = pods.containers(situation.pod)
    return bool(containers) and all(_has_ended(situation, container) for container in containers)


def _in_sandbox(situation: Situation, name: str) -> ContainerStatus | None:
    """Return the newest container of that name if it belongs to the newest sandbox."""
    latest = situation.observed.latest(name)
    return latest if latest is not None and situation.observed.of_current_sandbox(latest) else None


def _start(situation: Situation, container: pods.ContainerSpec) -> Start:
    """Return the start of a container, counting on from its last one."""
    latest = situation.observed.latest(container["name"])
    if latest is not None:
        count = labels.restart_count(latest.container.annotations, latest.container.attempt)
        if latest.container.state != ContainerState.CREATED:
            count += 1
        return Start(container, count, latest)
    told = pods.status_of(situation.pod, container["name"]) or {}
    # The API remembers containers that the runtime lost, e.g. when the machine was set up anew.
    ran = bool(told.get("containerID") or (told.get("lastState") or {}).get("terminated"))
    return Start(container, int(told.get("restartCount") or 0) + (1 if ran else 0))


def _restart(situation: Situation, plan: Plan, container: pods.ContainerSpec) -> None:
    """Start an ended container again, or let it wait for the end of its back-off."""
    if situation.held_until.get(container["name"], 0.0) > situation.now:
        plan.hold(situation, container)
    else:
        plan.start.append(_start(situation, container))


def _has_started(situation: Situation, status: ContainerStatus) -> bool:
    return status.container.name in situation.probes.started


def _check_running(
    situation: Situation, plan: Plan, container: pods.ContainerSpec, status: ContainerStatus
) -> None:
    """Kill a running container that failed a probe or whose image was changed."""
    name, found = container["name"], status.container
    again = ", will be restarted" if should_restart(situation.pod, container, 1) else ""
    wanted_hash = found.annotations.get(labels.CONTAINER_HASH)
    if wanted_hash and wanted_hash != labels.container_hash(container):
        message = f"Container {name} definition changed, will be restarted"
        plan.kill.append(Kill(status, CHANGED, message))
    elif found.id in situation.probes.liveness_failed:
        plan.kill.append(Kill(status, LIVENESS_FAILED, f"Container {name} failed liveness probe{again}"))
    elif found.id in situation.probes.startup_failed:
        plan.kill.append(Kill(status, STARTUP_FAILED, f"Container {name} failed startup probe{again}"))


def _plan_sidecar(situation: Situation, plan: Plan, container: pods.ContainerSpec) -> bool:
    """Plan a sidecar; return whether what comes after it may start."""
    status = _in_sandbox(situation, container["name"])
    if status is None or status.container.state in (ContainerState.CREATED, ContainerState.UNKNOWN):
        plan.start.append(_start(situation, container))
        return False
    if status.container.state == ContainerState.RUNNING:
        _check_running(situation, plan, container, status)
        return _has_started(situation, status)
    _restart(situation, plan, container)
    return False


def _plan_init(situation: Situation, plan: Plan, container: pods.ContainerSpec) -> bool:
    """Plan an init container; return whether it is done."""
    status = _in_sandbox(situation, container["name"])
    if status is None or status.container.state in (ContainerState.CREATED, ContainerState.UNKNOWN):
        plan.start.append(_start(situation, container))
        return False
    if status.container.state == ContainerState.RUNNING:
        _check_running(situation, plan, container, status)
        return False
    if status.exit_code == 0:
        return True
    if should_restart(situation.pod, container, status.exit_code):
        _restart(situation, plan, container)
    return False


def _plan_initialization(situation: Situation, plan: Plan) -> bool:
    """Plan the init containers and sidecars; return whether the other containers may start."""
    began = any(_in_sandbox(situation, container["name"]) for container in pods.containers(situation.pod))
    for container in pods.init_containers(situation.pod):
        if pods.is_sidecar(container):
            ready = _plan_sidecar(situation, plan, container)
        else:
            ready = began or _plan_init(situation, plan, container)
        if not ready and not began:
            return False
    return True


def _plan_main(situation: Situation, plan: Plan, container: pods.ContainerSpec) -> None:
    status = _in_sandbox(situation, container["name"])
    if status is None:
        if not _has_ended(situation, container):
            plan.start.append(_start(situation, container))
    elif status.container.state == ContainerState.RUNNING:
        _check_running(situation, plan, container, status)
    elif status.container.state == ContainerState.EXITED:
        if should_restart(situation.pod, container, status.exit_code):
            _restart(situation, plan, container)
    else:
        plan.start.append(_start(situation, container))


def _plan_ephemeral(situation: Situation, plan: Plan) -> None:
    for container in pods.ephemeral_containers(situation.pod):
        if situation.observed.latest(container["name"]) is None:
            plan.start.append(_start(situation, container))


def _lost_for_good(situation: Situation) -> bool:
    """Return whether the sandbox died under a pod whose containers run once only."""
    observed = situation.observed
    ran = bool(observed.sandboxes and observed.containers)
    return ran and not any(
        should_restart(situation.pod, container, 1) for container in pods.containers(situation.pod)
    )


def plan_pod(situation: Situation) -> Plan:
    """Return what to do next for a pod that is to run."""
    plan = Plan()
    observed = situation.observed
    if _is_finished(situation) or (observed.sandbox is None and _lost_for_good(situation)):
        plan.finished = True
        return plan
    if observed.sandbox is None:
        plan.make_sandbox = True
        plan.kill = [Kill(status, "SandboxChanged", "") for status in observed.running]
        return plan
    plan.initialized = _plan_initialization(situation, plan)
    if plan.initialized:
        for container in pods.containers(situation.pod):
            _plan_main(situation, plan, container)
    _plan_ephemeral(situation, plan)
    return plan
