"""Status: what the API is told of one pod, from what the runtime has and what the agent is up to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.kubelet import allocation, labels, plan, pods, resources
from kubewheel.kubelet.allocation import ERROR, Allocation
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import Waiting
from kubewheel.kubelet.runtime import ContainerState, ContainerStatus
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object

Fields = dict[str, Any]
RESIZE_PENDING, RESIZING = "PodResizePending", "PodResizeInProgress"
OWN_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
CREATING, INITIALIZING = Waiting("ContainerCreating"), Waiting("PodInitializing")
LOST_MESSAGE = "The container could not be located when the pod was {event}.  The container used to be {phase}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a pod has failed as a whole: refused by the node, past its deadline, evicted."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class View:
    """All that a pod's status depends on."""

    pod: Object
    observed: Observed
    now: float
    runtime_name: str = "containerd"
    host_ips: tuple[str, ...] = ()
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    ready: frozenset[str] = frozenset()  # names of containers that pass their readiness probe
    started: frozenset[str] = frozenset()  # names of containers that pass their startup probe
    verdict: Verdict | None = None
    allocation: Allocation | None = None  # what the containers get; None: not told
    ended: bool = False  # the agent has stopped the pod for good


def _moment(seconds: float) -> str | None:
    return rfc3339(seconds) if seconds else None


def terminated(status: ContainerStatus, runtime_name: str) -> Fields:
    """Return the terminated state of a dead container."""
    shown = {
        "exitCode": status.exit_code, "reason": status.reason or ("Completed" if status.exit_code == 0 else "Error"),
        "message": status.message, "startedAt": _moment(status.started_at), "finishedAt": _moment(status.finished_at),
        "containerID": f"{runtime_name}://{status.container.id}",
    }
    return {name: value for name, value in shown.items() if value not in ("", None)}


def _waiting(waiting: Waiting) -> Fields:
    shown = {"reason": waiting.reason, "message": waiting.message}
    return {"waiting": {name: value for name, value in shown.items() if value}}


def _lost(told: Mapping[str, Any], event: str) -> Fields:
    """Return the last state of a container that the API knew and the runtime does not."""
    state = told.get("state") or {}
    if "terminated" in state:
        return {"terminated": state["terminated"]}
    if "running" in state:
        message = LOST_MESSAGE.format(event=event, phase="Running")
        return {"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown", "message": message,
                               "startedAt": None, "finishedAt": None}}
    return dict(told.get("lastState") or {})


def _default_waiting(view: View, container: pods.ContainerSpec) -> Waiting:
    """Return why a container that was never tried waits."""
    if any(each is container for each in pods.init_containers(view.pod)):
        return INITIALIZING
    return INITIALIZING if pods.init_containers(view.pod) else CREATING


def _unborn(view: View, container: pods.ContainerSpec, base: Fields) -> Fields:
    """Return the status of a container that the runtime has nothing of."""
    name = container["name"]
    told = pods.status_of(view.pod, name) or {}
    state = told.get("state") or {}
    if (view.ended or pods.is_finished(view.pod)) and ("terminated" in state or "running" in state):
        event = "deleted" if pods.is_deleting(view.pod) else "terminated"
        base["state"] = _lost(told, event)
        base["restartCount"] = told.get("restartCount", 0)
        base.update({each: told[each] for each in ("containerID", "imageID", "lastState") if each in told})
        return base
    base["state"] = _waiting(view.waiting.get(name) or _default_waiting(view, container))
    if told:
        base["restartCount"] = told.get("restartCount", 0)
        base["lastState"] = _lost(told, "restarted")
    return base


def _resources(view: View, name: str, latest: ContainerStatus | None) -> Fields:
    """Return what a container is allocated, and what it has."""
    told = view.allocation
    if told is None or name not in told.needs:
        return {}
    runs = latest is not None and latest.container.state == ContainerState.RUNNING
    has = told.actual(latest) if latest is not None and runs else told.needs[name]
    shown = {side: dict(has[side]) for side in allocation.SIDES if has.get(side)}
    allocated = told.needs[name].get("requests")
    return {"resources": shown, **({"allocatedResources": dict(allocated)} if allocated else {})}


def _resize_conditions(view: View) -> list[Fields]:
    """Return how far a resize is, while there is one."""
    told = view.allocation
    if told is None or view.ended or view.verdict is not None:
        return []
    found = []
    if told.pending is not None:
        found.append(_condition(
            RESIZE_PENDING, holds=True, reason=told.pending.reason, message=told.pending.message
        ))
    if allocation.in_progress(view.pod, told, view.observed):
        condition = _condition(RESIZING, holds=True, reason=ERROR if told.error else "", message=told.error)
        found.append({**condition, "observedGeneration": told.generation})
    return found


def container_status(view: View, container: pods.ContainerSpec) -> Fields:
    """Return the status of one container."""
    name = container["name"]
    base: Fields = {
        "name": name, "image": container.get("image", ""), "imageID": "", "restartCount": 0, "ready": False,
        "started": False, "state": {}, "lastState": {},
    }
    latest = view.observed.latest(name)
    base |= _resources(view, name, latest)
    if latest is None:
        return _unborn(view, container, base)
    found = latest.container
    base["imageID"] = latest.image_ref or found.image_id
    base["containerID"] = f"{view.runtime_name}://{found.id}"
    base["restartCount"] = labels.restart_count(found.annotations, found.attempt)
    previous = view.observed.previous(name)
    if previous is not None and previous.container.state == ContainerState.EXITED:
        base["lastState"] = {"terminated": terminated(previous, view.runtime_name)}
    else:
        base["lastState"] = _remembered(view, name, base["restartCount"])
    _set_state(view, base, latest)
    return base


def _remembered(view: View, name: str, restart_count: int) -> Fields:
    """Return the last state that the API remembers of the container before this one."""
    told = pods.status_of(view.pod, name) or {}
    if restart_count == 0 or not told:
        return {}
    if told.get("restartCount") == restart_count:
        return dict(told.get("lastState") or {})
    return _lost(told, "restarted")


def _set_state(view: View, base: Fields, latest: ContainerStatus) -> None:
    name = base["name"]
    if latest.container.state == ContainerState.RUNNING:
        base["state"] = {"running": {"startedAt": _moment(latest.started_at)}}
        base["started"] = name in view.started
        base["ready"] = name in view.ready
        return
    waiting = view.waiting.get(name)
    if latest.container.state == ContainerState.EXITED:
        state = {"terminated": terminated(latest, view.runtime_name)}
        if waiting is not None and not view.ended:
            base["state"], base["lastState"] = _waiting(waiting), state
        else:
            base["state"] = state
        if any(each["name"] == name for each in pods.init_containers(view.pod)):
            base["ready"] = latest.exit_code == 0 and waiting is None
        return
    base["state"] = _waiting(waiting or CREATING)


def _state_of(status: Mapping[str, Any]) -> str:
    state = status["state"]
    if "waiting" in state:
        # A container that waits between two lives counts as stopped.
        return "stopped" if "terminated" in status["lastState"] else "waiting"
    return "running" if "running" in state else "stopped"


def _exit_code(status: Mapping[str, Any]) -> int:
    ended = status["state"].get("terminated") or status["lastState"].get("terminated") or {}
    return int(ended.get("exitCode", 0))


def _init_phase(view: View, statuses: Sequence[Mapping[str, Any]]) -> str:
    """Return Pending or Failed if initialization decides the phase, else nothing."""
    for container, status in zip(pods.init_containers(view.pod), statuses, strict=True):
        state = _state_of(status)
        if pods.is_sidecar(container):
            if state != "stopped" and not status["started"] and not view.ended:
                return "Pending"
        elif state in ("waiting", "running"):
            return "Pending"
        elif _exit_code(status) != 0:
            again = plan.should_restart(view.pod, container, _exit_code(status))
            return "Pending" if again and not view.ended else "Failed"
    return ""


def phase(view: View, init: Sequence[Mapping[str, Any]], main: Sequence[Mapping[str, Any]]) -> str:
    """Return the pod's phase."""
    if view.verdict is not None:
        return "Failed"
    if pods.is_finished(view.pod):
        return str(pods.status(view.pod)["phase"])
    states = [_state_of(status) for status in main]
    if "waiting" in states and not view.ended:
        return _init_phase(view, init) or "Pending"
    if "running" in states:
        return "Running"
    codes = [_exit_code(status) for status in main]
    again = any(
        plan.should_restart(view.pod, container, code)
        for container, code in zip(pods.containers(view.pod), codes, strict=True)
    )
    if again and not view.ended:
        return "Running"
    if "waiting" in states:
        return "Failed"  # It ended before all of its containers had run.
    return "Failed" if any(codes) else "Succeeded"


def _condition(kind: str, *, holds: bool, reason: str = "", message: str = "") -> Fields:
    found = {"type": kind, "status": "True" if holds else "False", "reason": reason, "message": message}
    return {name: value for name, value in found.items() if value}


def _ready_condition(view: View, phase_now: str, containers: Fields) -> Fields:
    """Return the Ready condition: the containers', and every readiness gate."""
    if containers["status"] != "True":
        return {**containers, "type": "Ready"}
    known = {each["type"]: each for each in pods.status(view.pod).get("conditions") or ()}
    problems = []
    for gate in pods.spec(view.pod).get("readinessGates") or ():
        kind = gate["conditionType"]
        if kind not in known:
            problems.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif known[kind].get("status") != "True":
            problems.append(
                f'the status of pod readiness gate "{kind}" is not "True", but {known[kind].get("status")}'
            )
    if problems:
        return _condition("Ready", holds=False, reason="ReadinessGatesNotReady", message=", ".join(problems))
    return _condition("Ready", holds=True)


def _containers_ready(
    view: View, phase_now: str, init: Sequence[Mapping[str, Any]], main: Sequence[Mapping[str, Any]]
) -> Fields:
    if phase_now == "Succeeded":
        return _condition("ContainersReady", holds=False, reason="PodCompleted")
    if phase_now == "Failed":
        return _condition("ContainersReady", holds=False, reason="PodFailed")
    sidecars = [
        status for container, status in zip(pods.init_containers(view.pod), init, strict=True)
        if pods.is_sidecar(container)
    ]
    unready = [status["name"] for status in [*sidecars, *main] if not status["ready"]]
    if unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        return _condition("ContainersReady", holds=False, reason="ContainersNotReady", message=message)
    return _condition("ContainersReady", holds=True)


def _initialized(view: View, phase_now: str, init: Sequence[Mapping[str, Any]]) -> Fields:
    incomplete = []
    for container, status in zip(pods.init_containers(view.pod), init, strict=True):
        done = status["started"] if pods.is_sidecar(container) else (
            "terminated" in status["state"] and _exit_code(status) == 0
        )
        if not done:
            incomplete.append(status["name"])
    if phase_now == "Succeeded":
        return _condition("Initialized", holds=True, reason="PodCompleted")
    if incomplete and phase_now in ("Pending", "Failed"):
        message = f"containers with incomplete status: [{' '.join(incomplete)}]"
        return _condition("Initialized", holds=False, reason="ContainersNotInitialized", message=message)
    return _condition("Initialized", holds=True)


def _with_times(view: View, conditions: Iterable[Fields]) -> list[Fields]:
    """Return conditions with the moment of their last change, and who observed which generation."""
    known = {each["type"]: each for each in pods.status(view.pod).get("conditions") or ()}
    generation = view.pod["metadata"].get("generation")
    result = []
    for condition in conditions:
        old = known.get(condition["type"], {})
        same = old.get("status") == condition["status"]
        changed = old.get("lastTransitionTime") if same else None
        shown = {"lastProbeTime": None, "lastTransitionTime": changed or rfc3339(view.now), **condition}
        if generation is not None:
            shown.setdefault("observedGeneration", generation)
        result.append(shown)
    return result


def pod_status(view: View) -> Fields:
    """Return the pod's status: everything that the agent answers for."""
    pod = view.pod
    init = [container_status(view, container) for container in pods.init_containers(pod)]
    main = [container_status(view, container) for container in pods.containers(pod)]
    ephemeral = [container_status(view, container) for container in pods.ephemeral_containers(pod)]
    phase_now = phase(view, init, main)
    sandbox = view.observed.sandbox
    pod_ips = view.host_ips if pods.uses_host_network(pod) else (sandbox.ips if sandbox else ())
    if not pod_ips and (view.ended or phase_now in ("Succeeded", "Failed")):
        pod_ips = tuple(each["ip"] for each in pods.status(pod).get("podIPs") or ())
    ready = _containers_ready(view, phase_now, init, main)
    conditions = [
        _condition("PodReadyToStartContainers", holds=sandbox is not None and not view.ended),
        _initialized(view, phase_now, init), _ready_condition(view, phase_now, ready), ready,
        _condition("PodScheduled", holds=True), *_resize_conditions(view),
    ]
    result: Fields = {
        "phase": phase_now, "conditions": _with_times(view, conditions), "qosClass": str(resources.qos_class(pod)),
        "startTime": pods.status(pod).get("startTime") or rfc3339(view.now),
        "hostIP": view.host_ips[0] if view.host_ips else "", "hostIPs": [{"ip": ip} for ip in view.host_ips],
        "containerStatuses": main,
    }
    if pod["metadata"].get("generation") is not None:
        result["observedGeneration"] = pod["metadata"]["generation"]
    if pod_ips:
        result |= {"podIP": pod_ips[0], "podIPs": [{"ip": ip} for ip in pod_ips]}
    if init:
        result["initContainerStatuses"] = init
    if ephemeral:
        result["ephemeralContainerStatuses"] = ephemeral
    verdict = view.verdict
    if verdict is not None:
        result |= {"reason": verdict.reason, "message": verdict.message}
    return result
