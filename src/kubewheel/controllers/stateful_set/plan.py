"""The next step of a StatefulSet: members to create, to delete and to wait for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kubewheel.api import pods as pod_questions
from kubewheel.controllers.stateful_set import identity
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, portions, replicas


@dataclass(frozen=True, slots=True)
class Members:
    """The pods of a StatefulSet: by ordinal where one is wanted, and the condemned, the highest ordinal first."""

    stateful_set: Object
    wanted: Mapping[int, Object | None]
    condemned: Sequence[Object]
    now: float

    @property
    def all(self) -> list[Object]:
        """All pods."""
        return [*(pod for pod in self.wanted.values() if pod is not None), *self.condemned]

    def is_ready(self, pod: Object | None) -> bool:
        """Return whether a member runs and is ready."""
        return pod is not None and pod_questions.phase(pod) == "Running" and pod_questions.is_ready(pod)

    def is_available(self, pod: Object | None) -> bool:
        """Return whether a member has been ready for long enough, and is not going."""
        if pod is None or not self.is_ready(pod) or objects.is_deleting(pod):
            return False
        seconds = self.stateful_set["spec"].get("minReadySeconds") or 0
        return replicas.seconds_to_available(pod, seconds, self.now) == 0

    def seconds_to_next(self) -> float | None:
        """Return after how many seconds the next ready member becomes available."""
        seconds = self.stateful_set["spec"].get("minReadySeconds") or 0
        waits = [replicas.seconds_to_available(pod, seconds, self.now) for pod in self.all if self.is_ready(pod)]
        return min((wait for wait in waits if wait), default=None)


@dataclass(slots=True)
class Step:
    """What to do now; `is_blocked`: nothing may follow before it is done."""

    create: list[int] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    is_blocked: bool = False


def members(stateful_set: Object, pods: Sequence[Object], now: float) -> Members:
    """Return the pods by their place."""
    wanted: dict[int, Object | None] = dict.fromkeys(identity.wanted_ordinals(stateful_set))
    condemned: dict[int, Object] = {}
    for pod in pods:
        ordinal = identity.ordinal_of(pod)
        if ordinal in wanted:
            wanted[ordinal] = pod
        elif ordinal is not None:
            condemned[ordinal] = pod
    ordered = [condemned[ordinal] for ordinal in sorted(condemned, reverse=True)]
    return Members(stateful_set, wanted, ordered, now)


def plan_step(found: Members, update_revision: str) -> Step:
    """Return the next step: first all members, then those too many, then those of an old revision."""
    is_ordered = found.stateful_set["spec"].get("podManagementPolicy") != "Parallel"
    step = _plan_members(found) if is_ordered else _plan_members_at_once(found)
    if not step.is_blocked:
        step.delete += _plan_condemned(found) if is_ordered else _going_none(found.condemned)
        step.is_blocked = bool(is_ordered and found.condemned)
    if not step.is_blocked and found.stateful_set["spec"]["updateStrategy"].get("type") != "OnDelete":
        step.delete += _plan_update(found, update_revision, step.delete)
    return step


def _going_none(pods: Sequence[Object]) -> list[Object]:
    return [pod for pod in pods if not objects.is_deleting(pod)]


def _plan_members(found: Members) -> Step:
    """Return the step for the first member that is not as it should be."""
    for ordinal, pod in found.wanted.items():
        if pod is None:
            return Step(create=[ordinal], is_blocked=True)
        if pod_questions.is_terminal(pod):
            return Step(delete=_going_none([pod]), is_blocked=True)
        if not found.is_available(pod):
            return Step(is_blocked=True)
    return Step()


def _plan_members_at_once(found: Members) -> Step:
    present = [pod for pod in found.wanted.values() if pod is not None]
    return Step(
        create=[ordinal for ordinal, pod in found.wanted.items() if pod is None],
        delete=_going_none([pod for pod in present if pod_questions.is_terminal(pod)]),
    )


def _plan_condemned(found: Members) -> list[Object]:
    """Return the last of the condemned, if it is its turn."""
    if not found.condemned:
        return []
    last = found.condemned[0]
    if objects.is_deleting(last):
        return []
    if found.is_available(last):
        return [last]
    # A member that is broken goes only when no other one with a lower ordinal is broken too.
    lower = [pod for pod in found.condemned[1:] if not found.is_available(pod)]
    return [] if lower else [last]


def _plan_update(found: Members, update_revision: str, leaving: Sequence[Object]) -> list[Object]:
    """Return the members of an old revision to delete now, the highest ordinal first."""
    rolling = found.stateful_set["spec"]["updateStrategy"].get("rollingUpdate") or {}
    total, gone = len(found.wanted), {objects.uid(pod) for pod in leaving}
    limit = max(1, portions.of(rolling.get("maxUnavailable"), total, round_up=True, default=1))
    unavailable = sum(not found.is_available(pod) for pod in found.wanted.values())
    doomed: list[Object] = []
    for ordinal in sorted(found.wanted, reverse=True):
        pod = found.wanted[ordinal]
        if ordinal - identity.first_ordinal(found.stateful_set) < (rolling.get("partition") or 0):
            break
        if pod is None or objects.is_deleting(pod) or objects.uid(pod) in gone:
            continue
        if identity.revision_of(pod) == update_revision:
            continue
        if found.is_available(pod):
            if unavailable >= limit:
                continue  # One that is broken may go all the same: nothing is lost by it.
            unavailable += 1
        doomed.append(pod)
    return doomed


def needs_current(stateful_set: Object, ordinal: int) -> bool:
    """Return whether a new member is made from the current revision, not from the one that is being rolled out."""
    strategy, status = stateful_set["spec"]["updateStrategy"], stateful_set.get("status") or {}
    if strategy.get("type") == "OnDelete":
        return False
    rolling = strategy.get("rollingUpdate")
    kept = status.get("currentReplicas", 0) if rolling is None else rolling.get("partition") or 0
    return bool(ordinal < identity.first_ordinal(stateful_set) + kept)
