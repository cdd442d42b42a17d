"""The scale: which pods a Job needs now, and which it has too many. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from kubewheel.controllers.job import failures, terms
from kubewheel.controllers.job.failures import Streak
from kubewheel.controllers.job.indexes import Indexes
from kubewheel.controllers.job.tally import Tally
from kubewheel.libs.wire import Object
from kubewheel.reconcile import replicas

BURST = 500  # Pods created or deleted per pass.


@dataclass(frozen=True, slots=True)
class Scale:
    """Pods to create, of these indexes if the Job has indexes; pods to delete; or seconds to wait first."""

    create: int = 0
    indexes: tuple[int, ...] = ()
    delete: tuple[Object, ...] = ()
    wait: float = 0.0


def plan_scale(tally: Tally) -> Scale:
    """Return the next step towards the wanted number of active pods."""
    if terms.is_suspended(tally.job):
        return Scale(delete=tuple(tally.active))
    wanted, active = _wanted(tally), len(tally.active)
    surplus = _surplus(tally, max(0, active - wanted))
    if surplus:
        return Scale(delete=tuple(surplus[:BURST]))
    leaving = tally.terminating if terms.replaces_only_failed(tally.job) else 0
    missing = min(wanted - leaving - active, BURST)
    if missing <= 0:
        return Scale()
    if terms.counts_per_index(tally.job):
        return _plan_independent(tally, missing)
    wait = tally.streak.remaining(tally.now)
    if wait > 0:
        return Scale(wait=wait)
    if not terms.is_indexed(tally.job):
        return Scale(create=missing)
    pending = _pending(tally, missing)
    return Scale(create=len(pending), indexes=tuple(pending))


def _wanted(tally: Tally) -> int:
    spec = tally.job["spec"]
    parallelism: int = spec["parallelism"]
    if spec.get("completions") is not None:
        completions: int = spec["completions"]
        return max(0, min(parallelism, completions - tally.succeeded))
    # A work queue: once a pod has succeeded the others finish, but no new ones start.
    return len(tally.active) if tally.succeeded else parallelism


def _plan_independent(tally: Tally, missing: int) -> Scale:
    pending = _pending(tally, missing)
    waits = {index: _wait(tally, index) for index in pending}
    due = tuple(index for index in pending if waits[index] <= 0)
    # The others' turn comes by itself when a pod of one that is due has started.
    return Scale(create=len(due), indexes=due, wait=min((wait for wait in waits.values() if wait > 0), default=0.0))


def _wait(tally: Tally, index: int) -> float:
    last = tally.waiting.get(index)
    if last is None:
        return 0.0
    return Streak(terms.all_failures_of(last) + 1, failures.finished_at(last)).remaining(tally.now)


def _pending(tally: Tally, count: int) -> list[int]:
    taken = tally.completed | Indexes.of(_indexes(tally.active))
    if terms.replaces_only_failed(tally.job):
        taken |= Indexes.of(_indexes([pod for pod in tally.pods if replicas.is_terminating(pod)]))
    if tally.failed_indexes is not None:
        taken |= tally.failed_indexes
    return taken.missing(count, tally.job["spec"]["completions"])


def _indexes(pods: Sequence[Object]) -> list[int]:
    return [index for index in map(terms.index_of, pods) if index is not None]


def _surplus(tally: Tally, count: int) -> list[Object]:
    """Return at least `count` pods to delete, those without a place of their own first."""
    doomed, kept = _without_place(tally) if terms.is_indexed(tally.job) else ([], list(tally.active))
    if len(doomed) < count:
        doomed += replicas.least_useful_first(kept, {}, tally.now)[: count - len(doomed)]
    return doomed


def _without_place(tally: Tally) -> tuple[list[Object], list[Object]]:
    doomed: list[Object] = []
    places: dict[int, list[Object]] = {}
    for pod in tally.active:
        index = terms.valid_index_of(tally.job, pod)
        if index is None:
            doomed.append(pod)
        else:
            places.setdefault(index, []).append(pod)
    kept = []
    for same in places.values():
        *others, best = replicas.least_useful_first(same, {}, tally.now) if len(same) > 1 else same
        doomed += others
        kept.append(best)
    return doomed, kept
