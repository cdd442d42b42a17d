"""The row of a pod in `kubectl get pods`: above all, in one word, what is the matter with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api import durations
from kubewheel.api.kinds import AGE, NAME, Column
from kubewheel.libs import clock
from kubewheel.libs.wire import Object

COLUMNS = (
    NAME,
    Column("Ready", description="The aggregate readiness state of this pod for accepting traffic."),
    Column("Status", description="The aggregate status of the containers in this pod."),
    Column("Restarts", description="The number of times the containers in this pod have been restarted and when the "
           "last container in this pod has restarted."),
    AGE,
    Column("IP", wide=True, description="IP address allocated to the pod."),
    Column("Node", wide=True, description="The node that the pod runs on."),
    Column("Nominated Node", wide=True, description="The node that room is made on for the pod."),
    Column("Readiness Gates", wide=True, description="How many of the conditions that the pod waits for hold."),
)
NONE = "<none>"
NODE_LOST = "NodeLost"


@dataclass(slots=True)
class _Summary:
    """What the statuses of containers add up to."""

    reason: str
    ready: int = 0
    restarts: int = 0
    last_restart: float = 0.0

    def count(self, status: Object) -> None:
        """Add the restarts of one container."""
        self.restarts += status.get("restartCount") or 0
        terminated = (status.get("lastState") or {}).get("terminated") or {}
        finished = terminated.get("finishedAt")
        if finished:
            self.last_restart = max(self.last_restart, clock.parse_rfc3339(finished))


def _is_true(pod: Object, kind: str) -> bool:
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if condition.get("type") == kind:
            return bool(condition.get("status") == "True")
    return False


def _first_reason(status: Object) -> str:
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            return "SchedulingGated"
    return status.get("reason") or status.get("phase") or ""


def _exit_reason(terminated: Object) -> str:
    if reason := terminated.get("reason"):
        return str(reason)
    if signal := terminated.get("signal"):
        return f"Signal:{signal}"
    return f"ExitCode:{terminated.get('exitCode') or 0}"


def _init_reason(state: Object, index: int, count: int) -> str:
    """Return how far the init containers have come: they wait for the one at `index`."""
    if (terminated := state.get("terminated")) is not None:
        return f"Init:{_exit_reason(terminated)}"
    waiting = (state.get("waiting") or {}).get("reason")
    if waiting and waiting != "PodInitializing":
        return f"Init:{waiting}"
    return f"Init:{index}/{count}"


def _read_init(statuses: Sequence[Object], spec: Object, total: _Summary, sidecars: _Summary) -> bool:
    """Add up the init containers; return whether the pod is still held up by one of them."""
    listed = spec.get("initContainers") or []
    restartable = {each.get("name") for each in listed if each.get("restartPolicy") == "Always"}
    for index, status in enumerate(statuses):
        state = status.get("state") or {}
        total.count(status)
        is_sidecar = status.get("name") in restartable
        if is_sidecar:
            sidecars.count(status)
        terminated = state.get("terminated")
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if is_sidecar and status.get("started"):
            sidecars.ready += bool(status.get("ready"))
            continue
        sidecars.reason = total.reason = _init_reason(state, index, len(listed))
        return True
    return False


def _read_containers(statuses: Sequence[Object], total: _Summary) -> bool:
    """Add up the regular containers, from the last to the first; return whether any runs."""
    is_running = False
    for status in reversed(statuses):
        state = status.get("state") or {}
        total.count(status)
        waiting, terminated = (state.get("waiting") or {}).get("reason"), state.get("terminated")
        if waiting:
            total.reason = waiting
        elif terminated is not None:
            total.reason = _exit_reason(terminated)
        elif status.get("ready") and state.get("running") is not None:
            is_running = True
            total.ready += 1
    return is_running


def _summarize(pod: Object) -> _Summary:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    reason = _first_reason(status)
    total, sidecars = _Summary(reason), _Summary(reason)
    is_initializing = _read_init(status.get("initContainerStatuses") or [], spec, total, sidecars)
    if is_initializing and not _is_true(pod, "Initialized"):
        total.ready = sidecars.ready
    else:
        total = sidecars
        is_running = _read_containers(status.get("containerStatuses") or [], total)
        if total.reason == "Completed" and is_running:
            total.reason = "Running" if _is_true(pod, "Ready") else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == NODE_LOST:
            total.reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            total.reason = "Terminating"
    return total


def status_word(pod: Object) -> str:
    """Return what the column STATUS says of a pod."""
    return _summarize(pod).reason


def _gates(pod: Object) -> str:
    gates = (pod.get("spec") or {}).get("readinessGates") or []
    if not gates:
        return NONE
    return f"{sum(_is_true(pod, gate.get('conditionType') or '') for gate in gates)}/{len(gates)}"


def row(pod: Object, now: float) -> Sequence[Any]:
    """Return the cells of a pod."""
    spec, status, metadata = pod.get("spec") or {}, pod.get("status") or {}, pod["metadata"]
    total = _summarize(pod)
    count = len(spec.get("containers") or [])
    count += sum(each.get("restartPolicy") == "Always" for each in spec.get("initContainers") or [])
    restarts = str(total.restarts)
    if total.restarts and total.last_restart:
        restarts = f"{restarts} ({durations.human_duration(now - total.last_restart)} ago)"
    addresses = status.get("podIPs") or []
    return (
        metadata.get("name"), f"{total.ready}/{count}", total.reason, restarts,
        durations.age(metadata.get("creationTimestamp"), now),
        (addresses[0].get("ip") if addresses else "") or NONE, spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE, _gates(pod),
    )
