"""JSON patches (RFC 6902): a list of operations, applied one after the other, all or none."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from kubewheel.api import errors, objects
from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object

MAX_OPERATIONS = 10_000
MAX_COPIED_BYTES = 3 * 1024 * 1024  # A few lines of `copy` could otherwise double an object many times.

_REJECTED = "the server rejected our request due to an error in our request"


class _Fault(Exception):
    """An operation does not apply."""


def apply(original: Object, operations: object) -> dict[str, Any]:
    """Return `original` after `operations`; raise a 400 for a malformed patch, a 422 for one that does not apply."""
    steps = _checked(operations)
    document: Any = objects.copy(original)
    copied = 0
    for step in steps:
        try:
            if step["op"] == "copy":
                copied += _copied_bytes(document, step, copied)
            document = _OPERATIONS[step["op"]](document, step)
        except _Fault as fault:
            raise rejected(str(fault)) from fault
        except orjson.JSONEncodeError as error:
            raise rejected("exceeded max depth") from error
    if not isinstance(document, dict):
        raise rejected("the patch leaves no object")
    return document


def rejected(detail: str) -> StatusError:
    """422: the patch is well-formed, but does not fit the object."""
    return StatusError(422, "Invalid", f"{_REJECTED}: {detail}")


def _checked(operations: object) -> Sequence[dict[str, Any]]:
    if not isinstance(operations, list):
        word = "object" if isinstance(operations, dict) else "value"
        raise errors.bad_request(f"json: cannot unmarshal {word} into Go value of type jsonpatch.Patch")
    if len(operations) > MAX_OPERATIONS:
        raise StatusError(
            413, "RequestEntityTooLarge",
            f"Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(operations)}",
        )
    for step in operations:
        if not isinstance(step, dict):
            raise errors.bad_request("json: cannot unmarshal value into Go value of type jsonpatch.Operation")
        if not isinstance(step.get("op"), str) or step["op"] not in _OPERATIONS:
            raise rejected(f"Unexpected kind: {step.get('op', 'unknown')}")
        for name in ("path", "from") if step["op"] in ("move", "copy") else ("path",):
            if not isinstance(step.get(name), str):
                raise rejected(f"{step['op']} operation: operation, missing {name} field")
    return operations


def _pointer(text: str, what: str) -> list[str]:
    """Return the steps of a JSON pointer."""
    if text and not text.startswith("/"):
        raise _Fault(f"operation does not apply: {what} {text!r} is no JSON pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _index(part: str, size: int) -> int:
    """Return the list index that `part` names; negative ones count from the end, as upstream's library allows."""
    digits = part.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9 or (digits[0] == "0" and len(digits) > 1):
        raise _Fault(f"error in path: '{part}' is no index of a list")
    index = int(part)
    if not -size <= index < size:
        raise _Fault(f"Unable to access invalid index: {index}: invalid index referenced")
    return index % size if size else 0


def _get(document: Any, path: Sequence[str], operation: str, text: str) -> Any:
    for part in path:
        if isinstance(document, dict) and part in document:
            document = document[part]
        elif isinstance(document, list):
            document = document[_index(part, len(document))]
        else:
            raise _Fault(f'{operation} operation does not apply: doc is missing path: "{text}": missing value')
    return document


def _insert(document: Any, path: Sequence[str], value: Any, operation: str, text: str) -> Any:
    """Put `value` at `path`, before what stands there if it is in a list."""
    if not path:
        return value
    parent = _get(document, path[:-1], operation, text)
    last = path[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        # One place more than for reading: behind the last.
        parent.insert(len(parent) if last == "-" else _index(last, len(parent) + 1), value)
    else:
        raise _Fault(f'{operation} operation does not apply: doc is missing path: "{text}": missing value')
    return document


def _delete(document: Any, path: Sequence[str], operation: str, text: str) -> Any:
    if not path:
        return None
    parent = _get(document, path[:-1], operation, text)
    if isinstance(parent, dict):
        if path[-1] not in parent:
            raise _Fault(
                f"error in remove for path: '{text}': Unable to remove nonexistent key: {path[-1]}: missing value"
            )
        del parent[path[-1]]
    elif isinstance(parent, list):
        del parent[_index(path[-1], len(parent))]
    else:
        raise _Fault(f'{operation} operation does not apply: doc is missing path: "{text}": missing value')
    return document


def _value(step: dict[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(step.get("value")))


def _add(document: Any, step: dict[str, Any]) -> Any:
    return _insert(document, _pointer(step["path"], "path"), _value(step), "add", step["path"])


def _remove(document: Any, step: dict[str, Any]) -> Any:
    return _delete(document, _pointer(step["path"], "path"), "remove", step["path"])


def _replace(document: Any, step: dict[str, Any]) -> Any:
    path = _pointer(step["path"], "path")
    if not path:
        return _value(step)
    parent = _get(document, path[:-1], "replace", step["path"])
    if isinstance(parent, dict) and path[-1] in parent:
        parent[path[-1]] = _value(step)
    elif isinstance(parent, list):
        parent[_index(path[-1], len(parent))] = _value(step)
    else:
        raise _Fault(f"replace operation does not apply: doc is missing key: {step['path']}: missing value")
    return document


def _move(document: Any, step: dict[str, Any]) -> Any:
    source, target = _pointer(step["from"], "from"), _pointer(step["path"], "path")
    if target[: len(source)] == source and len(target) > len(source):
        raise _Fault(f"move operation does not apply: {step['path']} lies inside of {step['from']}")
    value = _get(document, source, "move", step["from"])
    return _insert(_delete(document, source, "move", step["from"]), target, value, "move", step["path"])


def _copied_bytes(document: Any, step: dict[str, Any], copied: int) -> int:
    size = len(orjson.dumps(_get(document, _pointer(step["from"], "from"), "copy", step["from"])))
    if copied + size > MAX_COPIED_BYTES:
        raise _Fault(
            f"Unable to complete the copy, the accumulated size increase of copy is {copied + size}, exceeding the "
            f"limit {MAX_COPIED_BYTES}"
        )
    return size


def _copy(document: Any, step: dict[str, Any]) -> Any:
    value = _get(document, _pointer(step["from"], "from"), "copy", step["from"])
    copied = orjson.loads(orjson.dumps(value))
    return _insert(document, _pointer(step["path"], "path"), copied, "copy", step["path"])


def _test(document: Any, step: dict[str, Any]) -> Any:
    path = _pointer(step["path"], "path")
    wanted = step.get("value")
    try:
        found = _get(document, path, "test", step["path"])
    except _Fault as fault:
        if wanted is None:
            return document  # A missing member and null are the same to upstream.
        raise _Fault(f"testing path {step['path']} failed: {fault}") from fault
    if not _is_equal(found, wanted):
        raise _Fault(f"testing value {step['path']} failed: test failed")
    return document


def _is_equal(left: Any, right: Any) -> bool:
    """Compare as JSON does: 1 equals 1.0, and true does not equal 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_is_equal(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_is_equal, left, right))
    return bool(left == right)


_OPERATIONS: dict[object, Callable[[Any, dict[str, Any]], Any]] = {
    "add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test,
}
