"""Which pods a Service selects, and which Services a pod concerns, without looking at every pod."""

from collections.abc import Iterable

from kubewheel.controllers.slices import endpoints as serving
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Key, World, key_of, objects

BY_LABEL = "namespace and label"


def by_label(pod: Object) -> Iterable[str]:
    """Index: each label of a pod, in its namespace."""
    namespace = objects.namespace(pod)
    return [f"{namespace}/{key}={value}" for key, value in objects.labels(pod).items()]


def chosen(world: World, service: Object) -> list[Object]:
    """Return the pods that a Service selects."""
    namespace = objects.namespace(service)
    selector = service["spec"].get("selector") or {}
    candidates = [
        world.by_index("Pod", BY_LABEL, f"{namespace}/{key}={value}") for key, value in selector.items()
    ]
    if not candidates:
        return []
    return [pod for pod in min(candidates, key=len) if serving.selects(service, pod)]


def of_pod(world: World, change: Change) -> Iterable[Key]:
    """Return the Services that a changed pod serves or served."""
    old, new = change.old, change.new
    if old is not None and new is not None and not serving.is_relevant(new, old):
        return []
    views = [pod for pod in (old, new) if pod is not None]
    return [
        key_of(service) for service in world.list("Service", objects.namespace(views[0]))
        if any(serving.selects(service, pod) for pod in views)
    ]
