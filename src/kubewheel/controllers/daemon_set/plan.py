"""What is missing or too much on each node. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kubewheel.api import pods as pod_questions
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.daemon_set import placement
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, portions, replicas

BURST = 250  # Pods created, and pods deleted, per pass.
FIRST_DELAY, MAX_DELAY = 1.0, 900.0  # Seconds before a pod that failed again is replaced.
FAILED, SUCCEEDED = "FailedDaemonPod", "SucceededDaemonPod"

Pods = Mapping[str, Sequence[Object]]


class Backoff(NamedTuple):
    """How long the next failed pod of a node stays, and since when that counts."""

    delay: float
    since: float

    def remaining(self, now: float) -> float:
        """Return for how many seconds more."""
        return max(0.0, self.since + self.delay - now)

    def next(self, now: float) -> "Backoff":
        """Return the back-off after one more failure; a long time without any is a new beginning."""
        if now - self.since > 2 * MAX_DELAY:
            return Backoff(FIRST_DELAY, now)
        return Backoff(min(self.delay * 2, MAX_DELAY), now)


@dataclass(slots=True)
class Step:
    """Nodes that need a pod, pods to delete, what to tell, nodes where one failed, seconds to wait."""

    create: list[str] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    events: list[tuple[str, str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    wait: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.create and not self.delete


@dataclass(frozen=True, slots=True)
class Daemons:
    """A DaemonSet with its pods by node; `fits` knows every node that exists."""

    daemon_set: Object
    fits: Mapping[str, placement.Fit]
    pods: Pods
    suffix: str
    now: float

    @property
    def wanted(self) -> list[str]:
        """The nodes that shall have a pod."""
        return [name for name, fit in self.fits.items() if fit.runs]

    def seconds_to_available(self, pod: Object) -> float | None:
        """Return after how many seconds a pod counts as available; None if it is not ready."""
        return replicas.seconds_to_available(pod, self.daemon_set["spec"].get("minReadySeconds") or 0, self.now)

    def is_available(self, pod: Object) -> bool:
        """Return whether a pod has been ready for long enough."""
        return self.seconds_to_available(pod) == 0

    def is_updated(self, pod: Object) -> bool:
        """Return whether a pod was made from the present template."""
        return placement.is_updated(self.daemon_set, pod, self.suffix)

    def _portion(self, name: str, default: int) -> int:
        rolling = self.daemon_set["spec"]["updateStrategy"].get("rollingUpdate") or {}
        return portions.of(rolling.get(name), len(self.wanted), round_up=True, default=default)

    @property
    def max_surge(self) -> int:
        """How many nodes may have a second pod during an update."""
        if self.daemon_set["spec"]["updateStrategy"].get("type") != "RollingUpdate":
            return 0
        return self._portion("maxSurge", 0)

    @property
    def max_unavailable(self) -> int:
        """How many nodes may be without an available pod during an update."""
        return max(self._portion("maxUnavailable", 1), 0 if self.max_surge else 1)


def by_node(pods: Sequence[Object]) -> Pods:
    """Return the pods of each node, the oldest first; those that are gone but for their name do not count."""
    found: dict[str, list[Object]] = {}
    for pod in sorted(pods, key=_age):
        if not (objects.is_deleting(pod) and pod_questions.is_terminal(pod)):
            found.setdefault(placement.node_of(pod), []).append(pod)
    return found


def _age(pod: Object) -> tuple[bool, float, str]:
    return not pod_questions.node_name(pod), objects.created(pod), objects.name(pod)


def plan_nodes(found: Daemons, backoff_of: Callable[[str], Backoff | None]) -> Step:
    """Return what brings every node to one pod, and nodes that are not meant to none."""
    step = Step()
    for node, fit in found.fits.items():
        pods = found.pods.get(node, ())
        if fit.runs and not pods:
            step.create.append(node)
        elif fit.stays:
            _plan_staying(step, found, node, fit, backoff_of(node))
        else:
            step.delete += [pod for pod in pods if not objects.is_deleting(pod)]
    for node, pods in found.pods.items():
        # The pod garbage collector looks after bound pods; the others would wait for their node for ever.
        if node not in found.fits:
            step.delete += [p for p in pods if not pod_questions.node_name(p) and not objects.is_deleting(p)]
    del step.create[BURST:], step.delete[BURST:]
    return step


def _plan_staying(
    step: Step, found: Daemons, node: str, fit: placement.Fit, backoff: Backoff | None
) -> None:
    running = []
    for pod in found.pods.get(node, ()):
        if objects.is_deleting(pod):
            continue
        if pod_questions.is_terminal(pod):
            _plan_ended(step, pod, node, backoff.remaining(found.now) if backoff is not None else 0.0)
        else:
            running.append(pod)
    if not found.max_surge:
        step.delete += running[1:]
    elif running:
        step.delete += _surplus(found, running)
    elif fit.runs:
        step.create.append(node)


def _plan_ended(step: Step, pod: Object, node: str, wait: float) -> None:
    phase = pod_questions.phase(pod).lower()
    place = f"{objects.namespace(pod)}/{objects.name(pod)} on node {node}"
    if phase == "failed":
        if wait > 0:
            step.wait = min(step.wait or wait, wait)
            return
        step.failed.append(node)
        step.events.append((WARNING, FAILED, f"Found failed daemon pod {place}, will try to kill it"))
    else:
        step.events.append((NORMAL, SUCCEEDED, f"Found succeeded daemon pod {place}, will try to delete it"))
    step.delete.append(pod)


def _surplus(found: Daemons, running: Sequence[Object]) -> list[Object]:
    """Return all but the oldest pod of each template; the older template's goes when the new one takes over."""
    news = [pod for pod in running if found.is_updated(pod)]
    olds = [pod for pod in running if not found.is_updated(pod)]
    surplus = [*news[1:], *olds[1:]]
    if news and olds and (not pod_questions.is_ready(olds[0]) or found.is_available(news[0])):
        surplus.append(olds[0])
    return surplus
