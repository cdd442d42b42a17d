"""What mutations of a policy make of an object: a merged configuration, or a patched object."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kubewheel.api import decode, objects
from kubewheel.api.apply import merging, walks
from kubewheel.api.apply.shapes import Form, Shape
from kubewheel.api.decode import Expected, Validation
from kubewheel.api.errors import StatusError
from kubewheel.api.expressions.admission import OBJECT
from kubewheel.api.patches import json_patch
from kubewheel.libs.cel.library.conversions import text as shown
from kubewheel.libs.cel.values import ObjectValue, Opaque, Optional, weigh
from kubewheel.libs.wire import Object

APPLY = "ApplyConfiguration"
REJECTED = "the server rejected our request due to an error in our request: "


class Unusable(Exception):
    """A mutation does not lead to an object."""


def applied(made: Any, before: Object, shape: Shape, expected: Expected) -> dict[str, Any]:
    """Return an object with the configuration that an expression made merged into it; raise Unusable."""
    weigh(made)
    _check_names(made, OBJECT)
    config = {**plain(made), "apiVersion": before["apiVersion"], "kind": before["kind"]}
    try:
        _check_known(objects.copy(config), expected)
    except StatusError as error:
        raise Unusable(f"error applying patch: failed to convert patch object to typed object: {error.message}"
                       ) from error
    atomic = list(_atomic(config, shape, ""))
    if atomic:
        raise Unusable("error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or "
                       f"structs: {', '.join(atomic)}")
    try:
        return _kept(objects.copy(merging.merged(shape, before, config)), expected)
    except (ValueError, StatusError) as error:
        raise Unusable(f"error applying patch: failed to merge patch: {_text(error)}") from error


def _check_known(config: dict[str, Any], expected: Expected) -> None:
    _, warnings = decode.check(config, expected, Validation.WARN)
    unknown = [text[len('unknown field "'):-1] for text in warnings if text.startswith("unknown field")]
    if unknown:
        listed = [f".{path}: field not declared in schema" for path in unknown]
        text = listed[0] if len(listed) == 1 else "errors:\n" + "\n".join(f"  {each}" for each in listed)
        raise StatusError(400, "BadRequest", text)


def patched(made: Sequence[Any], before: Object, expected: Expected) -> dict[str, Any]:
    """Return an object after the operations that an expression made; raise Unusable.

    If one of them tests for what is not so, the object stays as it is.
    """
    weigh(made)
    steps = [_operation(each) for each in made]
    try:
        return _kept(json_patch.apply(before, steps), expected)
    except StatusError as error:
        text = error.message.removeprefix(REJECTED)
        if text.startswith("testing "):
            return objects.copy(before)
        raise Unusable(f"JSONPath: {text}") from error


def _operation(made: Mapping[str, Any]) -> dict[str, Any]:
    step: dict[str, Any] = {"op": made.get("op", ""), "path": made.get("path", "")}
    if made.get("from"):
        step["from"] = made["from"]
    if "value" in made:
        _check_names_of_parts(made["value"])
        step["value"] = plain(made["value"])
    return step


def _kept(changed: dict[str, Any], expected: Expected) -> dict[str, Any]:
    """Return an object in its kept form."""
    try:
        decode.check_depth(changed)
    except ValueError as error:
        raise Unusable(str(error)) from error
    return decode.check(changed, expected, Validation.STRICT)[0]


def _text(error: Exception) -> str:
    return error.message if isinstance(error, StatusError) else str(error)


def _check_names_of_parts(value: Any) -> None:
    """Check the names of types from the outermost object on, wherever in the object it belongs."""
    if isinstance(value, ObjectValue):
        _check_names(value, value.type_name)
    elif isinstance(value, list):
        for each in value:
            _check_names_of_parts(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            _check_names_of_parts(each)


def _check_names(value: Any, wanted: str) -> None:
    """Raise Unusable unless each object is named after the way to it."""
    if isinstance(value, ObjectValue):
        if value.type_name != wanted:
            raise Unusable(f'type mismatch: unexpected type name "{value.type_name}", expected "{wanted}", which '
                           "matches field name path from root Object type")
        for name, item in value.items():
            _check_names(item, f"{wanted}.{name}")
    elif isinstance(value, list):
        for each in value:
            _check_names(each, wanted)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _check_names(item, f"{wanted}.{name}")


def _atomic(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Yield the paths of lists and maps that could only be replaced as a whole, which nobody wants by accident."""
    form = walks.form_of(shape, value)
    if form is Form.LEAF:
        if isinstance(value, list | Mapping):
            yield path
    elif form in walks.LISTS:
        for index, item in enumerate(value):
            yield from _atomic(item, shape.element, f"{path}[{index}]")
    else:
        for name, item in value.items():
            yield from _atomic(item, shape.part(name), f"{path}.{name}")


def plain(value: Any) -> Any:
    """Return a value of CEL as JSON has it; raise Unusable for what JSON cannot say."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    if isinstance(value, datetime | timedelta):
        return shown(value)
    if isinstance(value, Optional):
        return plain(value.value()) if value.has_value() else None
    if isinstance(value, Opaque):
        raise Unusable(f"JSONPath valueExpression evaluated to a type that could not marshal to JSON: {value.kind}")
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value
