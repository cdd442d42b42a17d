"""RollingUpdate and scaling: the next size of each ReplicaSet. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from kubewheel.controllers.deployment import revisions, sizes
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects


class Resize(NamedTuple):
    """Give a ReplicaSet another number of replicas (or only the annotations of the present total)."""

    replicaset: Object
    replicas: int


def plan_new(deployment: Object, new: Object, olds: Sequence[Object]) -> Resize | None:
    """Return how the new ReplicaSet grows: as far as the surge allows."""
    wanted, size = sizes.replicas(deployment), sizes.replicas(new)
    if size == wanted:
        return None
    if size > wanted:
        return Resize(new, wanted)
    if not sizes.is_rolling(deployment):
        return Resize(new, wanted)
    room = wanted + sizes.max_surge(deployment) - sizes.total([new, *olds])
    if room <= 0:
        return None
    return Resize(new, size + min(room, wanted - size))


def plan_old(deployment: Object, new: Object, olds: Sequence[Object]) -> list[Resize]:
    """Return how old ReplicaSets shrink: first what is not available anyway, then as availability allows."""
    live = sizes.oldest_first(sizes.active(olds))
    everything = sizes.total([new, *olds])
    minimum = sizes.replicas(deployment) - sizes.max_unavailable(deployment)
    new_unavailable = sizes.replicas(new) - sizes.reported(new, "availableReplicas")
    allowed = everything - minimum - new_unavailable
    if not live or allowed <= 0:
        return []
    planned = {objects.name(each): sizes.replicas(each) for each in live}
    _drop_unhealthy(live, planned, allowed)
    available = sizes.total_reported([new, *olds], "availableReplicas")
    _drop_available(live, planned, available - minimum)
    return [
        Resize(each, planned[objects.name(each)]) for each in live
        if planned[objects.name(each)] != sizes.replicas(each)
    ]


def _drop_unhealthy(live: Sequence[Object], planned: dict[str, int], allowed: int) -> None:
    for each in live:
        size = planned[objects.name(each)]
        drop = min(allowed, max(0, size - sizes.reported(each, "availableReplicas")))
        planned[objects.name(each)] = size - drop
        allowed -= drop


def _drop_available(live: Sequence[Object], planned: dict[str, int], allowed: int) -> None:
    for each in live:
        if allowed <= 0:
            return
        size = planned[objects.name(each)]
        drop = min(size, allowed)
        planned[objects.name(each)] = size - drop
        allowed -= drop


def is_saturated(deployment: Object, new: Object | None) -> bool:
    """Return whether the new ReplicaSet has all pods of the Deployment, available."""
    wanted = sizes.replicas(deployment)
    return (
        new is not None and sizes.replicas(new) == wanted and revisions.desired_replicas(new) == wanted
        and sizes.reported(new, "availableReplicas") == wanted
    )


def plan_scale(deployment: Object, new: Object | None, olds: Sequence[Object]) -> list[Resize]:
    """Return the sizes after the Deployment was scaled: in the middle of a rollout in proportion to present ones."""
    wanted = sizes.replicas(deployment)
    live = sizes.active([*olds, new])
    if len(live) <= 1:
        only = live[0] if live else new or next(iter(reversed(sizes.oldest_first(olds))), None)
        return [] if only is None else [Resize(only, wanted)]
    if is_saturated(deployment, new):
        return [Resize(each, 0) for each in sizes.active(olds)]
    return _proportional(deployment, live) if sizes.is_rolling(deployment) else []


def _proportional(deployment: Object, live: Sequence[Object]) -> list[Resize]:
    wanted = sizes.replicas(deployment)
    allowed = wanted + sizes.max_surge(deployment) if wanted > 0 else 0
    to_add = allowed - sizes.total(live)
    newest_first = list(reversed(sizes.oldest_first(live)))
    # The largest takes what rounding leaves over; of equals the newest when growing, the oldest when shrinking.
    order = newest_first if to_add > 0 else list(reversed(newest_first))
    order.sort(key=sizes.replicas, reverse=True)
    added = 0
    result = []
    for each in order:
        share = _share(deployment, each, to_add - added, allowed) if to_add else 0
        added += share
        result.append(Resize(each, sizes.replicas(each) + share))
    if result and to_add:
        first = result[0]
        result[0] = Resize(first.replicaset, max(0, first.replicas + to_add - added))
    return result


def _share(deployment: Object, replicaset: Object, left: int, allowed: int) -> int:
    size = sizes.replicas(replicaset)
    if not left:
        return 0
    if not allowed:
        return max(-size, left)
    before = revisions.max_replicas(replicaset) or sizes.reported(deployment, "replicas")
    if not before:
        return 0
    share = _rounded(size * allowed / before) - size
    return min(share, left) if left > 0 else max(share, left)


def _rounded(value: float) -> int:
    return int(value + 0.5)
