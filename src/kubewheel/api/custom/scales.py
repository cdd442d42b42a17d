"""The Scale of a custom object, whose definition says where its replicas are."""

from typing import Any

from kubewheel.api import errors
from kubewheel.api.custom.kind import ScalePaths
from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object

COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


UNSET = -(2**31)  # Stands for a number that nobody has given, in a Scale that is about to be changed.


def _read(obj: Object, path: str) -> Any:
    found: Any = obj
    for name in path.removeprefix(".").split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _number(obj: Object, path: str) -> int | None:
    """Return the number at `path`; raise ValueError for anything else that stands there."""
    found = _read(obj, path)
    if found is not None and type(found) is not int:
        raise ValueError(f"{path} accessor error: {found} is of the type {type(found).__name__}, expected int64")
    return found


def of(obj: Object, paths: ScalePaths) -> dict[str, Any]:
    """Return the Scale of `obj`; a 500, as upstream has it, if nobody has said how many replicas there are to be."""
    try:
        scale = to_change(obj, paths)
    except StatusError as error:
        raise errors.internal(error.message) from error
    if (scale["spec"].get("replicas") or 0) == UNSET:
        raise errors.internal(f'the spec replicas field "{paths.spec_replicas}" does not exist')
    return scale


def to_change(obj: Object, paths: ScalePaths) -> dict[str, Any]:
    """Return the Scale of `obj` for a write; its replicas are UNSET if nobody has given them yet."""
    try:
        wanted, present = _number(obj, paths.spec_replicas), _number(obj, paths.status_replicas)
    except ValueError as error:
        raise errors.bad_request(str(error)) from error
    wanted = UNSET if wanted is None else wanted
    status: dict[str, Any] = {"replicas": present or 0}
    if paths.label_selector and isinstance(selector := _read(obj, paths.label_selector), str):
        status["selector"] = selector
    metadata = {name: obj["metadata"][name] for name in COPIED if name in obj["metadata"]}
    return {
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": {"replicas": wanted} if wanted else {}, "status": status,
    }


def put(obj: dict[str, Any], replicas: int, paths: ScalePaths) -> None:
    """Set the wished number of replicas of `obj`; raise a StatusError if it still is nobody's wish."""
    if replicas == UNSET:
        raise errors.bad_request(f'the spec replicas field "{paths.spec_replicas}" cannot be empty')
    *outer, last = paths.spec_replicas.removeprefix(".").split(".")
    part: Any = obj
    for name in outer:
        part = part.setdefault(name, {})
        if not isinstance(part, dict):
            raise errors.bad_request(f"value cannot be set because {name} is not a map[string]interface{{}}")
    part[last] = replicas
