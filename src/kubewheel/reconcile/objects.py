"""What every controller asks of an object's metadata."""

from collections.abc import Mapping
from typing import Any

from kubewheel.api import conditions
from kubewheel.api.errors import StatusError
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object

_NOTHING: Mapping[str, str] = {}


def uid(obj: Object) -> str:
    """Return the object's uid."""
    found: str = obj["metadata"].get("uid", "")
    return found


def name(obj: Object) -> str:
    """Return the object's name."""
    found: str = obj["metadata"]["name"]
    return found


def namespace(obj: Object) -> str:
    """Return the object's namespace; empty for cluster objects."""
    found: str = obj["metadata"].get("namespace", "")
    return found


def labels(obj: Object) -> Mapping[str, str]:
    """Return the object's labels."""
    return obj["metadata"].get("labels") or _NOTHING


def annotations(obj: Object) -> Mapping[str, str]:
    """Return the object's annotations."""
    return obj["metadata"].get("annotations") or _NOTHING


def finalizers(obj: Object) -> list[str]:
    """Return the object's finalizers."""
    return obj["metadata"].get("finalizers") or []


def is_deleting(obj: Object) -> bool:
    """Return whether somebody asked for the deletion of the object."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def created(obj: Object) -> float:
    """Return the time of creation in seconds; 0 if unknown."""
    text = obj["metadata"].get("creationTimestamp")
    return parse_rfc3339(text) if text else 0.0


def with_metadata(obj: Object, **changes: Any) -> dict[str, Any]:
    """Return a copy with other metadata fields; None removes a field. Everything else is shared."""
    metadata = {**obj["metadata"], **changes}
    return {**obj, "metadata": {name: value for name, value in metadata.items() if value is not None}}


def with_annotations(obj: Object, changes: Mapping[str, str | None]) -> dict[str, Any]:
    """Return a copy with changed annotations; None removes one."""
    merged = {**annotations(obj), **changes}
    return with_metadata(obj, annotations={key: value for key, value in merged.items() if value is not None})


def condition(obj: Object, type: str) -> Mapping[str, Any] | None:
    """Return the status condition of that type."""
    return conditions.find(obj, type)


def is_namespace_terminating(error: Exception) -> bool:
    """Return whether a create was refused because its namespace is going away: trying again is of no use."""
    if not isinstance(error, StatusError) or error.code != 403:
        return False
    return any(cause.get("reason") == "NamespaceTerminating" for cause in error.details.get("causes") or ())
