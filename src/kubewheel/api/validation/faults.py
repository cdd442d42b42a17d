"""Faults of fields, built by kind; the words are upstream's, because clients and people match on them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.api.errors import FieldError

Faults = list[FieldError]

NEGATIVE = "must be greater than or equal to 0"
NOT_POSITIVE = "must be greater than zero"
NOT_INTEGER = "must be an integer"
IMMUTABLE = "field is immutable"
WHOLE = "[]"  # The path of a fault that no single field has.


def required(path: str, detail: str = "") -> FieldError:
    """Return the fault of a field that is missing."""
    return FieldError(path, "Required value", "", detail)


def invalid(path: str, value: Any, detail: str) -> FieldError:
    """Return the fault of a value that breaks a rule."""
    return FieldError(path, "Invalid value", value, detail)


def unsupported(path: str, value: Any, supported: Iterable[str]) -> FieldError:
    """Return the fault of a value that is none of a few."""
    shown = ", ".join(f'"{each}"' for each in supported)
    return FieldError(path, "Unsupported value", value, f"supported values: {shown}")


def forbidden(path: str, detail: str) -> FieldError:
    """Return the fault of a field that may not be set."""
    return FieldError(path, "Forbidden", None, detail)


def duplicate(path: str, value: Any, detail: str = "") -> FieldError:
    """Return the fault of a value that was there before."""
    return FieldError(path, "Duplicate value", value, detail)


def not_found(path: str, value: Any, detail: str = "") -> FieldError:
    """Return the fault of a reference to nothing."""
    return FieldError(path, "Not found", value, detail)


def too_long(path: str, limit: int) -> FieldError:
    """Return the fault of more than `limit` bytes."""
    return FieldError(path, "Too long", None, f"may not be more than {limit} bytes")


def too_many(path: str, count: int, limit: int) -> FieldError:
    """Return the fault of more than `limit` items."""
    return FieldError(path, "Too many", None, f"{count}: must have at most {limit} items")


def each(path: str, value: Any, messages: Iterable[str]) -> Faults:
    """Return one fault for every message about `value`."""
    return [invalid(path, value, message) for message in messages]


def choice(path: str, value: str, supported: Sequence[str]) -> Faults:
    """Check a value that is needed and one of a few."""
    if not value:
        return [required(path)]
    return option(path, value, supported)


def option(path: str, value: Any, supported: Sequence[str]) -> Faults:
    """Check a value that may be absent (None) and is one of a few."""
    return [] if value is None or value in supported else [unsupported(path, value, supported)]


def not_empty(part: Mapping[str, Any], path: str, *names: str) -> Faults:
    """Check that each of the fields `names` of `part` holds something."""
    return [required(f"{path}.{name}") for name in names if not part.get(name)]


def not_negative(part: Mapping[str, Any], path: str, *names: str) -> Faults:
    """Check that none of the numbers `names` of `part` is below zero."""
    return [invalid(f"{path}.{name}", part[name], NEGATIVE) for name in names if (part.get(name) or 0) < 0]


def immutable(path: str, new: Any, old: Any) -> Faults:
    """Check that a value did not change."""
    return [] if new == old else [invalid(path, new, IMMUTABLE)]


def child(path: str, name: str) -> str:
    """Return the path of a field below `path`, which is empty for the object itself."""
    return f"{path}.{name}" if path else name
