"""A simulated pod's life: which containers run at a moment, and when that will change. No I/O.

`advance` brings a life up to a moment, whatever happened since the last call, and names the next moment of change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.kubelet.simulated import behaviour
from kubewheel.kubelet.simulated.behaviour import Behaviour
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object

FIRST_BACKOFF, MAX_BACKOFF, CALM_SECONDS = 10.0, 300.0, 600.0  # A run of CALM_SECONDS ends the backing off.
PULL_BACKOFF = 10.0
STOPPED_CODE = 143  # Ended by SIGTERM.
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Ended:
    """One run of a container that is over."""

    started_at: float
    finished_at: float
    code: int
    attempt: int
    reason: str = ""  # Where it is another than the code suggests.


@dataclass(slots=True)
class Run:
    """One container's course. `starts_at` may lie ahead; `is_done`: `last` is its end for good."""

    name: str
    behaviour: Behaviour
    starts_at: float = NEVER
    attempt: int = 0
    last: Ended | None = None
    is_done: bool = False
    quick_failures: int = 0
    backoff: float = 0.0

    def is_running(self, now: float) -> bool:
        """Tell whether the container runs."""
        return not self.is_done and self.starts_at <= now

    def is_ready(self, now: float) -> bool:
        """Tell whether the container is ready."""
        return not self.is_done and self.starts_at + self.behaviour.ready_after <= now

    def stop(self, at: float) -> None:
        """End the container because its pod ends."""
        if not self.is_done:
            if self.starts_at <= at:
                self.last = Ended(self.starts_at, at, STOPPED_CODE, self.attempt)
            self.is_done = self.last is not None


@dataclass(slots=True)
class Life:
    """What is known of one pod; `phase` is set once it is over, `verdict` when its deadline ended it."""

    uid: str
    began_at: float
    address: str = ""
    runs: dict[str, Run] = field(default_factory=dict)
    phase: str = ""
    verdict: str = ""
    stops_at: float | None = None
    is_deleted: bool = False
    pulls_from: float = 0.0
    told: set[str] = field(default_factory=set)  # Events that have been recorded.

    def is_over(self) -> bool:
        """Tell whether all containers have ended for good."""
        return bool(self.phase)


def begin(pod: Object, now: float) -> Life:
    """Return a new life, or the one that the pod's status tells of: the fleet may have been started anew."""
    status = pods.status(pod)
    started = status.get("startTime")
    life = Life(pods.uid(pod), _moment(started, now) if started else now, status.get("podIP", ""))
    for container in pods.all_containers(pod):
        is_init = any(each is container for each in pods.init_containers(pod))
        life.runs[container["name"]] = Run(container["name"], behaviour.of(pod, container, is_init=is_init))
    if status.get("phase") in ("Succeeded", "Failed"):
        life.phase = status["phase"]
    for kind in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for told in status.get(kind) or ():
            if told["name"] in life.runs:
                _resume(life.runs[told["name"]], told, now)
    return life


def _resume(run: Run, told: Mapping[str, Any], now: float) -> None:
    """Take over what the status of a container says."""
    run.attempt = int(told.get("restartCount") or 0)
    run.quick_failures = run.attempt
    state = told.get("state") or {}
    ended = state.get("terminated") or (told.get("lastState") or {}).get("terminated")
    if ended:
        started = _moment(ended.get("startedAt"), now)
        finished, code = _moment(ended.get("finishedAt"), now), int(ended.get("exitCode", 0))
        run.last = Ended(started, finished, code, run.attempt, ended.get("reason", ""))
    if "running" in state:
        run.starts_at = _moment(state["running"].get("startedAt"), now)
        if run.last is not None:
            run.last = replace(run.last, attempt=run.attempt - 1)
    elif "terminated" in state:
        run.is_done, run.starts_at = True, run.last.started_at if run.last else now
    elif run.last is not None:
        run.attempt += 1


def _moment(text: str | None, default: float) -> float:
    return parse_rfc3339(text) if text else default


def advance(life: Life, pod: Object, now: float) -> float:
    """Bring `life` up to `now`; return the next moment at which something changes."""
    if life.is_over():
        return NEVER
    deadline = _deadline(life, pod)
    wake = _advance_runs(life, pod, min(now, deadline))
    if life.is_over():
        return NEVER
    if now >= deadline:
        _finish(life, deadline, "Failed")
        life.verdict = "DeadlineExceeded"
        return NEVER
    return min(wake, deadline)


def _deadline(life: Life, pod: Object) -> float:
    seconds = pods.spec(pod).get("activeDeadlineSeconds")
    return NEVER if seconds is None else life.began_at + float(seconds)


def _advance_runs(life: Life, pod: Object, now: float) -> float:
    delay = max((run.behaviour.start_after for run in life.runs.values()), default=0.0)
    moment = life.began_at + delay
    life.pulls_from = moment
    if now < moment:
        return moment
    wake = NEVER
    for container in pods.init_containers(pod):
        run = life.runs[container["name"]]
        if run.behaviour.pull_error:
            return _pull_wake(life, now)
        change = _advance_run(run, moment, now, _restarts(pod, container))
        wake = min(wake, change)
        if container.get("restartPolicy") == "Always":
            continue  # A sidecar: the next one starts beside it.
        if not run.is_done:
            return wake
        assert run.last is not None, "a run that is done has ended"
        if run.last.code:
            _finish(life, run.last.finished_at, "Failed")
            return NEVER
        moment = max(moment, run.last.finished_at)
    return min(wake, _advance_main(life, pod, moment, now))


def _advance_main(life: Life, pod: Object, moment: float, now: float) -> float:
    wake = NEVER
    for container in (*pods.containers(pod), *pods.ephemeral_containers(pod)):
        run = life.runs.get(container["name"])
        if run is None:  # Added for debugging while the pod was running.
            run = Run(container["name"], behaviour.of(pod, container))
            life.runs[run.name], moment = run, max(moment, now)
        if run.behaviour.pull_error:
            wake = min(wake, _pull_wake(life, now))
        else:
            wake = min(wake, _advance_run(run, moment, now, _restarts(pod, container)))
    runs = [life.runs[each["name"]] for each in pods.containers(pod)]
    if all(run.is_done for run in runs):
        ends = [run.last for run in runs if run.last is not None]
        failed = any(end.code for end in ends)
        _finish(life, max(end.finished_at for end in ends), "Failed" if failed else "Succeeded")
        return NEVER
    return wake


def _pull_wake(life: Life, now: float) -> float:
    """Return when a failed pull turns from an error into backing off."""
    turn = life.pulls_from + PULL_BACKOFF
    return turn if now < turn else NEVER


def _restarts(pod: Object, container: Mapping[str, Any]) -> Callable[[int], bool]:
    """Return whether a container is started again after an exit code."""
    policy = container.get("restartPolicy") or pods.spec(pod).get("restartPolicy", "Always")
    if any(each is container for each in pods.ephemeral_containers(pod)):
        policy = "Never"
    elif policy == "Always" and container.get("restartPolicy") != "Always" and any(
        each is container for each in pods.init_containers(pod)
    ):
        policy = "OnFailure"
    return {"Always": lambda _: True, "OnFailure": lambda code: code != 0}.get(policy, lambda _: False)


def _advance_run(run: Run, begins: float, now: float, restarts: Callable[[int], bool]) -> float:
    """Bring one container up to `now`; return its next change."""
    if run.starts_at == NEVER:
        run.starts_at = begins
    while not run.is_done:
        if now < run.starts_at:
            return run.starts_at
        ready = run.starts_at + run.behaviour.ready_after
        wake = ready if now < ready else NEVER
        if run.behaviour.exit_after is None:
            return wake
        end = run.starts_at + run.behaviour.exit_after
        if now < end:
            return min(wake, end)
        code = run.behaviour.exit_code
        run.last = Ended(run.starts_at, end, code, run.attempt)
        run.is_done = not restarts(code)
        if not run.is_done:
            _back_off(run, run.last)
    return NEVER


def _back_off(run: Run, ended: Ended) -> None:
    """Decide when the container starts again: at once, then after 10 s, 20 s, … up to 5 min."""
    calm = ended.finished_at - ended.started_at >= CALM_SECONDS
    run.quick_failures = 1 if calm else run.quick_failures + 1
    run.backoff = 0.0
    if run.quick_failures > 1:
        run.backoff = min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** min(run.quick_failures - 2, 10))
    run.attempt += 1
    run.starts_at = ended.finished_at + run.backoff


def kill(life: Life, pod: Object, container: Mapping[str, Any], ended: Ended) -> None:
    """End a running container from outside; whether it starts again is up to its pod."""
    run = life.runs[container["name"]]
    run.last = ended
    run.is_done = not _restarts(pod, container)(ended.code)
    if not run.is_done:
        _back_off(run, ended)


def _finish(life: Life, at: float, phase: str) -> None:
    for run in life.runs.values():
        run.stop(at)
    life.phase = phase


def terminate(life: Life, pod: Object, now: float) -> float:
    """Begin to end a pod that is being deleted; return when it will have ended."""
    if life.stops_at is None:
        slowest = max((run.behaviour.stop_after for run in life.runs.values()), default=0.0)
        grace = pod["metadata"].get("deletionGracePeriodSeconds")
        life.stops_at = now if life.phase else now + min(slowest, float(grace if grace is not None else 30))
    return life.stops_at


def end(life: Life, now: float) -> None:
    """End every container of a pod that is being deleted."""
    if not life.phase:
        _finish(life, now, "Failed")
        if all(run.last is None or run.last.code == 0 for run in life.runs.values()) and life.runs:
            life.phase = "Succeeded" if any(run.last for run in life.runs.values()) else "Failed"
