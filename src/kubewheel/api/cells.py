"""Cells of tables: the notations that several kinds share."""

from collections.abc import Iterable, Mapping, Sequence

from kubewheel.api import durations, errors, selectors
from kubewheel.api.kinds import Column
from kubewheel.libs.wire import Object

CONTAINERS = Column("Containers", wide=True, description="Names of each container in the template.")
IMAGES = Column("Images", wide=True, description="Images referenced by each container in the template.")
SELECTOR = Column("Selector", wide=True, description="Selects the pods that belong to the object.")

NONE = "<none>"
UNSET = "<unset>"
LISTED = 3


def age(obj: Object, now: float) -> str:
    """Return how long ago an object was created."""
    return durations.age(obj["metadata"].get("creationTimestamp"), now)


def format_labels(labels: Mapping[str, str] | None) -> str:
    """Return labels as `a=1,b=2`."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def names_and_images(containers: Iterable[Object]) -> tuple[str, str]:
    """Return the names and the images of containers."""
    listed = list(containers)
    return (
        ",".join(container.get("name") or "" for container in listed),
        ",".join(container.get("image") or "" for container in listed),
    )


def shortened(items: Sequence[str]) -> str:
    """Return the first few items, and how many more there are."""
    if len(items) > LISTED:
        return f"{','.join(items[:LISTED])} + {len(items) - LISTED} more..."
    return ",".join(items) or NONE


def host_port(address: str, port: object) -> str:
    """Return an address and a port as URLs have them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def phase(obj: Object) -> str:
    """Return the phase of a volume or claim; one that is being deleted is terminating whatever its phase."""
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str((obj.get("status") or {}).get("phase") or "")


_MODES = (("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"))


def access_modes(modes: Iterable[str] | None) -> str:
    """Return access modes as their usual short names."""
    listed = set(modes or ())
    return ",".join(short for mode, short in _MODES if mode in listed)


def name(obj: Object) -> str:
    """Return the name of an object."""
    return str((obj.get("metadata") or {}).get("name") or "")


def joined(values: Iterable[str], otherwise: str = NONE) -> str:
    """Return `values` separated by commas, `otherwise` if there are none."""
    return ",".join(values) or otherwise


def containers(template: Object | None) -> tuple[str, str]:
    """Return the cells CONTAINERS and IMAGES of a template of pods."""
    return names_and_images(((template or {}).get("spec") or {}).get("containers") or [])


def selector(value: Object | None) -> str:
    """Return a LabelSelector in the notation of `kubectl -l`."""
    try:
        return str(selectors.from_object(value)) or NONE
    except errors.StatusError:
        return "<error>"
