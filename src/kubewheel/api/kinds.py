"""What Kubewheel knows about one kind beyond its schema: defaults, validation, columns.

One file per kind, `api/<group>/<kind>.py`, defines `KIND = Kind(...)`; `registry` finds it there. A group's folder is
named after the part of the API group before the first dot (`core` for the group without a name); a kind's file is its
name in snake_case (`replica_set.py`, `csi_driver.py`). Files are imported when their kind is first used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api.errors import FieldError
from kubewheel.libs.wire import Object


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table that `kubectl get` prints; `wide` ones only with `-o wide`."""

    name: str
    type: str = "string"  # string, integer, number, boolean, date
    wide: bool = False
    description: str = ""
    format: str = ""  # "name" for the object's name


NAME = Column("Name", format="name", description="Name must be unique within a namespace.")
AGE = Column("Age", description="Time since the object was created.")


def nothing(_: dict[str, Any]) -> None:
    """Change nothing."""


def nothing_on_update(_new: dict[str, Any], _old: Object) -> None:
    """Change nothing."""


def no_faults(_: Object) -> list[FieldError]:
    """Find no fault."""
    return []


def no_update_faults(_new: Object, _old: Object) -> list[FieldError]:
    """Find no fault."""
    return []


def no_warnings(_: Object) -> list[str]:
    """Warn of nothing."""
    return []


def keep_status(new: dict[str, Any], old: Object) -> None:
    """Keep the stored status: an update of the main resource cannot change it."""
    if "status" in old:
        new["status"] = old["status"]
    else:
        new.pop("status", None)


def drop_status(new: dict[str, Any]) -> None:
    """Drop a status that a creator sent: status starts empty."""
    new.pop("status", None)


def keep_all_but_status(new: dict[str, Any], old: Object) -> None:
    """Keep everything stored but status and the metadata that the status subresource may change."""
    for name in [*new, *old]:
        if name in ("status", "metadata", "apiVersion", "kind"):
            continue
        if name in old:
            new[name] = old[name]
        else:
            new.pop(name, None)


@dataclass(frozen=True, slots=True)
class Kind:
    """Behaviour of one kind; every function is pure.

    Order on create: `prepare_create`, `default`, admission, `validate`. On update: `prepare_update`, `default`,
    admission, `validate` and `validate_update(new, old)`. On update of status: `prepare_status`, `default`,
    `validate_status(new, old)`. Functions that take a dict may change it in place; `Object`s are read-only.
    `metadata` (names, labels, annotations, owner references, finalizers, immutable metadata) is validated elsewhere,
    for all kinds alike; `validate_name` adds this kind's rule for `metadata.name` and returns error details.
    `has_generation`: metadata.generation starts at 1 and rises when anything but metadata and status changes.
    """

    group: str
    kind: str
    default: Callable[[dict[str, Any]], None] = nothing
    prepare_create: Callable[[dict[str, Any]], None] = nothing
    prepare_update: Callable[[dict[str, Any], Object], None] = nothing_on_update
    prepare_status: Callable[[dict[str, Any], Object], None] = keep_all_but_status
    validate: Callable[[Object], list[FieldError]] = no_faults
    validate_update: Callable[[Object, Object], list[FieldError]] = no_update_faults
    validate_status: Callable[[Object, Object], list[FieldError]] = no_update_faults
    validate_name: Callable[[str], Sequence[str]] | None = None  # None: a DNS subdomain
    warnings: Callable[[Object], list[str]] = no_warnings
    has_generation: bool = False
    columns: Sequence[Column] = (NAME, Column("Created At", type="date"))
    row: Callable[[Object, float], Sequence[Any]] | None = None  # (object, wall time now) -> cells; None: name, created
    selectable: Mapping[str, Callable[[Object], str]] = field(default_factory=dict)  # beyond metadata.name, .namespace
    # Versions other than the stored one: (to stored, from stored), each changing the object in place.
    conversions: Mapping[str, tuple[Callable[[dict[str, Any]], None], Callable[[dict[str, Any]], None]]] = field(
        default_factory=dict
    )
