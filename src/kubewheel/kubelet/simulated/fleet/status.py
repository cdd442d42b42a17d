"""The status of a simulated pod, as a node's agent reports it. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.kubelet.simulated.fleet.life import Ended, Life, Run
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object

Fields = dict[str, Any]
SIDES = ("requests", "limits")
SCHEME = "simulated"


@dataclass(frozen=True, slots=True)
class View:
    """A pod, its life and the moment."""

    pod: Object
    life: Life
    now: float
    host_ip: str


def container_id(pod_uid: str, name: str, attempt: int) -> str:
    """Return the id of one run of a container."""
    return hashlib.sha256(f"{pod_uid}/{name}/{attempt}".encode()).hexdigest()


def build(view: View) -> Fields:
    """Return the status."""
    pod, life = view.pod, view.life
    spec = pods.spec(pod)
    kinds = {
        "initContainerStatuses": spec.get("initContainers"), "containerStatuses": spec.get("containers"),
        "ephemeralContainerStatuses": spec.get("ephemeralContainers"),
    }
    initialized = life.phase == "Succeeded" or _is_initialized(view)
    status: Fields = {
        "phase": _phase(view, initialized=initialized), "hostIP": view.host_ip, "hostIPs": [{"ip": view.host_ip}],
        "startTime": rfc3339(life.began_at), "observedGeneration": pod["metadata"].get("generation", 1),
    }
    if life.address:
        status |= {"podIP": life.address, "podIPs": [{"ip": life.address}]}
    if life.verdict:
        status |= {"reason": life.verdict, "message": "Pod was active on the node longer than the specified deadline"}
    for kind, containers in kinds.items():
        if containers:
            status[kind] = [
                _container(view, each, life.runs[each["name"]], initialized=initialized or kind.startswith("init"))
                for each in containers if each["name"] in life.runs
            ]
    status["conditions"] = _conditions(view, status, initialized=initialized)
    return status


def _phase(view: View, *, initialized: bool) -> str:
    if view.life.phase:
        return view.life.phase
    if not initialized:
        return "Pending"
    runs = [view.life.runs[each["name"]] for each in pods.containers(view.pod)]
    return "Running" if all(run.last or run.is_running(view.now) for run in runs) else "Pending"


def _is_initialized(view: View) -> bool:
    if view.now < view.life.pulls_from:
        return not pods.init_containers(view.pod)
    for container in pods.init_containers(view.pod):
        run = view.life.runs[container["name"]]
        sidecar = container.get("restartPolicy") == "Always"
        if sidecar and not (run.last or run.is_running(view.now)):
            return False
        if not sidecar and not (run.is_done and run.last is not None and run.last.code == 0):
            return False
    return True


def _container(view: View, spec: Mapping[str, Any], run: Run, *, initialized: bool) -> Fields:
    uid, image = view.life.uid, str(spec.get("image", ""))
    running = initialized and run.is_running(view.now) and not run.behaviour.pull_error
    begun = running or run.last is not None
    current = run.attempt if running or run.last is None else run.last.attempt
    shown: Fields = {
        "name": run.name, "image": image, "imageID": "", "ready": False, "started": running,
        "restartCount": current, "state": {}, "lastState": {},
    }
    if begun:
        shown["imageID"] = f"{image}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"
        shown["containerID"] = f"{SCHEME}://{container_id(uid, run.name, current)}"
    if spec.get("resources"):
        # Simulated nodes have room for everything: what is wanted is what there is.
        shown["resources"] = {side: spec["resources"][side] for side in SIDES if spec["resources"].get(side)}
        shown["allocatedResources"] = spec["resources"].get("requests") or {}
    if running:
        shown["state"] = {"running": {"startedAt": rfc3339(run.starts_at)}}
        shown["ready"] = run.is_ready(view.now)
    elif run.is_done and run.last is not None:
        shown["state"] = {"terminated": _terminated(uid, run, run.last)}
        shown["ready"] = run.last.code == 0 and _is_plain_init(view.pod, run.name)
    else:
        shown["state"] = {"waiting": _waiting(view, run, image, initialized=initialized)}
    if run.last is not None and not run.is_done:
        shown["lastState"] = {"terminated": _terminated(uid, run, run.last)}
    return shown


def _is_plain_init(pod: Object, name: str) -> bool:
    """Tell whether a container is one whose success counts as being ready."""
    return any(each["name"] == name and each.get("restartPolicy") != "Always" for each in pods.init_containers(pod))


def _terminated(uid: str, run: Run, ended: Ended) -> Fields:
    return {
        "exitCode": ended.code, "reason": ended.reason or ("Error" if ended.code else "Completed"),
        "startedAt": rfc3339(ended.started_at), "finishedAt": rfc3339(ended.finished_at),
        "containerID": f"{SCHEME}://{container_id(uid, run.name, ended.attempt)}",
    }


def _waiting(view: View, run: Run, image: str, *, initialized: bool) -> Fields:
    pod = view.pod
    if run.last is not None:
        subject = f"{run.name} pod={pods.name(pod)}_{pods.namespace(pod)}({view.life.uid})"
        message = f"back-off {_duration(run.backoff)} restarting failed container={subject}"
        return {"reason": "CrashLoopBackOff", "message": message}
    if not initialized:
        return {"reason": "PodInitializing"}
    if run.behaviour.pull_error and view.now >= view.life.pulls_from:
        if view.now < view.life.pulls_from + 10:
            return {"reason": "ErrImagePull", "message": run.behaviour.pull_error}
        return {
            "reason": "ImagePullBackOff",
            "message": f'Back-off pulling image "{image}": ErrImagePull: {run.behaviour.pull_error}',
        }
    return {"reason": "PodInitializing" if pods.init_containers(pod) else "ContainerCreating"}


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _conditions(view: View, status: Fields, *, initialized: bool) -> list[Fields]:
    life = view.life
    told = {each.get("type"): each for each in pods.status(view.pod).get("conditions") or ()}
    unready = [each["name"] for each in status.get("containerStatuses", ()) if not each["ready"]]
    unready += [
        each["name"] for each in status.get("initContainerStatuses", ())
        if not each["ready"] and not _is_plain_init(view.pod, each["name"])
    ]
    containers_ready = _readiness(life, unready)
    gates = [
        gate["conditionType"] for gate in pods.spec(view.pod).get("readinessGates") or ()
        if (told.get(gate["conditionType"]) or {}).get("status") != "True"
    ]
    ready = containers_ready
    if containers_ready == {"status": "True"} and gates:
        shown = "; ".join(f'the status of pod readiness gate "{gate}" is not "True"' for gate in gates)
        ready = {"status": "False", "reason": "ReadinessGatesNotReady", "message": f"corresponding condition {shown}"}
    wanted: dict[str, Fields] = {
        "PodReadyToStartContainers": {"status": "False" if life.phase or not life.address else "True"},
        "Initialized": _initialized(view, initialized=initialized),
        "Ready": ready, "ContainersReady": containers_ready, "PodScheduled": {"status": "True"},
    }
    return [_condition(kind, fields, told.get(kind), view) for kind, fields in wanted.items()]


def _readiness(life: Life, unready: Sequence[str]) -> Fields:
    if life.phase == "Succeeded":
        return {"status": "False", "reason": "PodCompleted"}
    if life.phase == "Failed":
        return {"status": "False", "reason": "PodFailed"}
    if unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        return {"status": "False", "reason": "ContainersNotReady", "message": message}
    return {"status": "True"}


def _initialized(view: View, *, initialized: bool) -> Fields:
    if view.life.phase == "Succeeded":
        return {"status": "True", "reason": "PodCompleted"}
    if initialized:
        return {"status": "True"}
    waiting = [
        each["name"] for each in pods.init_containers(view.pod)
        if not (view.life.runs[each["name"]].is_done or each.get("restartPolicy") == "Always")
    ]
    message = f"containers with incomplete status: [{' '.join(waiting)}]"
    return {"status": "False", "reason": "ContainersNotInitialized", "message": message}


def _condition(kind: str, fields: Fields, told: Mapping[str, Any] | None, view: View) -> Fields:
    condition: Fields = {"type": kind, "lastProbeTime": None, **fields}
    if told is not None and told.get("status") == fields["status"] and told.get("lastTransitionTime"):
        condition["lastTransitionTime"] = told["lastTransitionTime"]
    else:
        condition["lastTransitionTime"] = rfc3339(view.now)
    if "observedGeneration" in (told or {}) or view.pod["metadata"].get("generation"):
        condition["observedGeneration"] = view.pod["metadata"].get("generation", 1)
    return condition


def differs(wanted: Fields, stored: Mapping[str, Any]) -> bool:
    """Tell whether the stored status says anything else than the wanted one, as far as that speaks."""
    for name, value in wanted.items():
        if name == "conditions":
            kept = {each.get("type"): each for each in stored.get(name) or ()}
            if any(_changed(each, kept.get(each["type"])) for each in value):
                return True
        elif stored.get(name) != value and not (name.endswith("Statuses") and _same(value, stored.get(name))):
            return True
    return False


def _changed(wanted: Fields, stored: Mapping[str, Any] | None) -> bool:
    if stored is None:
        return True
    names = ("status", "reason", "message", "observedGeneration")
    return any(wanted.get(name) != stored.get(name) for name in names)


def _same(wanted: Sequence[Fields], stored: Sequence[Mapping[str, Any]] | None) -> bool:
    """Compare container statuses field by field: the server adds fields of its own."""
    if stored is None or len(wanted) != len(stored):
        return False
    return all(
        (kept.get(name) or {}) == value if name in ("state", "lastState") else kept.get(name) == value
        for each, kept in zip(wanted, stored, strict=True) for name, value in each.items()
    )
