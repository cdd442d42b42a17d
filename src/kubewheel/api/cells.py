"""Cells of tables that many kinds have: ages, containers and their images, selectors."""

from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api import durations, errors, selectors
from kubewheel.api.kinds import Column
from kubewheel.libs.wire import Object

NONE = "<none>"
UNSET = "<unset>"

CONTAINERS = Column("Containers", wide=True, description="Names of each container in the template.")
IMAGES = Column("Images", wide=True, description="Images referenced by each container in the template.")
SELECTOR = Column("Selector", wide=True, description="Selects the pods that belong to the object.")


def name(thing: Object) -> str:
    """Return the name of an object."""
    return str((thing.get("metadata") or {}).get("name") or "")


def age(thing: Object, now: float) -> str:
    """Return how long ago an object was created."""
    return durations.age((thing.get("metadata") or {}).get("creationTimestamp"), now)


def joined(values: Iterable[str], otherwise: str = NONE) -> str:
    """Return `values` separated by commas, `otherwise` if there are none."""
    return ",".join(values) or otherwise


def containers(template: Object | None) -> list[str]:
    """Return the cells CONTAINERS and IMAGES of a pod template."""
    listed = ((template or {}).get("spec") or {}).get("containers") or []
    return [",".join(str(each.get(field) or "") for each in listed) for field in ("name", "image")]


def selector(value: Object | None) -> str:
    """Return a LabelSelector in the notation of `kubectl -l`."""
    try:
        return str(selectors.from_object(value)) or NONE
    except errors.StatusError:
        return "<error>"


def labels(values: Mapping[str, str] | None) -> str:
    """Return labels in the notation of `kubectl -l`."""
    return joined(f"{key}={value}" for key, value in sorted((values or {}).items()))


def truth(value: Any) -> str:
    """Return a boolean that may be absent."""
    return UNSET if value is None else str(bool(value)).lower()
