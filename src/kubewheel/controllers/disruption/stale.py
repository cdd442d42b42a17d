"""Stale disruptions: a pod was marked to be disrupted, and nothing came of it."""

from collections.abc import Iterable

from kubewheel.api import pods
from kubewheel.libs.clock import parse_rfc3339, rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Later, Maps, Outcome, World, conditions, key_of, objects

TARGET = "DisruptionTarget"
BY_KUBELET = "TerminationByKubelet"  # The node agent takes its time, and does end the pod.
STALE_SECONDS = 120.0


def seconds_left(pod: Object, now: float) -> float | None:
    """Return after how many seconds the mark is stale (0 = it is); None if there is none that could be."""
    found = objects.condition(pod, TARGET)
    if found is None or found.get("status") != "True" or found.get("reason") == BY_KUBELET:
        return None
    if objects.is_deleting(pod) or pods.is_terminal(pod):
        return None
    return max(0.0, parse_rfc3339(found["lastTransitionTime"]) + STALE_SECONDS - now)


async def reconcile(key: Key, world: World) -> Outcome:
    """Take back the mark of one pod if it is stale."""
    pod, now = world.get("Pod", key), world.clock.now()
    left = seconds_left(pod, now) if pod is not None else None
    if pod is None or left is None:
        return Done()
    if left > 0:
        return Later(left)
    cleared = conditions.make(TARGET, "False", "", "", rfc3339(now))
    change = {"metadata": {"uid": objects.uid(pod)}, "status": {"conditions": [cleared]}}
    await world.patch(pod, change, type="strategic", subresource="status")
    return Done()


def _marked(_: World, change: Change) -> Iterable[Key]:
    pod = change.new
    return (key_of(pod),) if pod is not None and seconds_left(pod, 0.0) is not None else ()


STALE = Controller(
    name="disruption-stale-pods-controller", watches="", reconcile=reconcile, identity="disruption-controller",
    maps=(Maps("Pod", _marked),), component="controllermanager",
)
