"""JSON merge patches (RFC 7386): maps merge, null removes, all else replaces."""

from typing import Any

from kubewheel.api import objects
from kubewheel.libs.wire import Object


def apply(original: Object, patch: Object) -> dict[str, Any]:
    """Return `original` with `patch` merged into it."""
    return _merged(objects.copy(original), objects.copy(patch))


def _merged(target: Any, patch: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = target if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = _merged(result.get(name), value)
        else:
            result[name] = value
    return result
