"""The Scale of a custom object, whose definition says where its replicas are."""

from typing import Any

from kubewheel.api import errors
from kubewheel.api.custom.kind import ScalePaths
from kubewheel.libs.wire import Object

COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def _read(obj: Object, path: str) -> Any:
    found: Any = obj
    for name in path.removeprefix(".").split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def of(obj: Object, paths: ScalePaths) -> dict[str, Any]:
    """Return the Scale of `obj`; a 500, as upstream has it, if nobody has said how many replicas there are to be."""
    wanted, present = _read(obj, paths.spec_replicas), _read(obj, paths.status_replicas)
    if wanted is None:
        raise errors.internal(f'the spec replicas field "{paths.spec_replicas}" does not exist')
    status: dict[str, Any] = {"replicas": present or 0}
    if paths.label_selector and (selector := _read(obj, paths.label_selector)):
        status["selector"] = selector
    metadata = {name: obj["metadata"][name] for name in COPIED if name in obj["metadata"]}
    return {
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": {"replicas": wanted} if wanted else {}, "status": status,
    }


def put(obj: dict[str, Any], replicas: int, paths: ScalePaths) -> None:
    """Set the wished number of replicas of `obj`."""
    *outer, last = paths.spec_replicas.removeprefix(".").split(".")
    part = obj
    for name in outer:
        part = part.setdefault(name, {})
    part[last] = replicas
