"""Values against schemas: types, bounds, patterns, formats and combinations, in the words of upstream.

`validate` takes the stored value as well: what an update leaves as it is passes, although the schema has become
stricter since.
Rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
#validation-ratcheting
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.api.custom import formats, patterns
from kubewheel.api.custom.structure import additional, child
from kubewheel.api.errors import FieldError
from kubewheel.api.validation.faults import Faults, invalid, required, too_many, unsupported
from kubewheel.libs.wire import Object

ABSENT = object()
NOWHERE = "<nil>"  # The path that upstream prints for faults without one.
INT_OR_STRING = "x-kubernetes-int-or-string"


def kind_of(value: Any) -> str:
    """Return the name that schemas have for the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def validate(value: Any, schema: Object, path: str = "", old: Any = ABSENT) -> Faults:
    """Return the faults of `value`, which was `old` before: none if it has not changed."""
    if value is None and schema.get("nullable"):
        return []
    faults = _validate_type(value, schema, path) or _validate_value(value, schema, path, old)
    return [] if faults and old is not ABSENT and is_same(value, old) else faults


def _validate_value(value: Any, schema: Object, path: str, old: Any) -> Faults:
    """Return the faults of a value of the right type."""
    faults = _validate_combinations(value, schema, path) + _validate_leaf(value, schema, path)
    if isinstance(value, dict):
        faults += _validate_map(value, schema, path, old if isinstance(old, dict) else ABSENT)
    elif isinstance(value, list) and (items := schema.get("items")):
        befores = counterparts(value, schema, old)
        for index, item in enumerate(value):
            faults += validate(item, items, f"{path}[{index}]", befores[index])
    return faults


def is_same(value: Any, old: Any) -> bool:
    """Tell whether two values are the same JSON: 1 is not true."""
    if value != old:
        return False
    import json

    return json.dumps(value, sort_keys=True) == json.dumps(old, sort_keys=True)


def counterpart(old: Any, name: str) -> Any:
    """Return the field of the stored value."""
    return old.get(name, ABSENT) if isinstance(old, dict) else ABSENT


def counterparts(value: Sequence[Any], schema: Object, old: Any) -> Sequence[Any]:
    """Return for each item the stored one that it comes from; only items with keys can be told apart."""
    if not isinstance(old, list):
        return [ABSENT] * len(value)
    if old == value:
        return old
    if schema.get("x-kubernetes-list-type") != "map":
        return [ABSENT] * len(value)
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    before = {key_of(item, keys): item for item in old}
    return [before.get(key_of(item, keys), ABSENT) for item in value]


def key_of(item: Any, keys: Sequence[str]) -> tuple[Any, ...]:
    """Return what identifies an item of a list that is a map."""
    return tuple(str(item.get(key)) for key in keys) if isinstance(item, dict) else (str(item),)


def _validate_type(value: Any, schema: Object, path: str) -> Faults:
    wanted = schema.get("type") or ("integer,string" if schema.get(INT_OR_STRING) else "")
    found = kind_of(value)
    if not wanted:
        return []
    accepted = wanted.split(",")
    if found in accepted or ("number" in accepted and found == "integer"):
        return []
    if found == "number" and "integer" in accepted and float(value).is_integer():
        return []
    text = f'{path} in body must be of type {wanted}: "{found}"'
    return [FieldError(path or NOWHERE, "Type invalid", found, text)]


def _validate_leaf(value: Any, schema: Object, path: str) -> Faults:
    faults: Faults = []
    if isinstance(value, str):
        faults = _validate_text(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        faults = _validate_number(value, schema, path)
    elif isinstance(value, list):
        faults = _validate_length(value, schema, path, "Items", "items")
    elif isinstance(value, dict):
        faults = _validate_length(value, schema, path, "Properties", "properties")
    listed = schema.get("enum")
    if listed and not any(value == each and kind_of(value) == kind_of(each) for each in listed):
        shown = [each if isinstance(each, str) else _json(each) for each in listed]
        faults.append(unsupported(path, value, shown))
    return faults


def _json(value: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":"))


def _validate_text(value: str, schema: Object, path: str) -> Faults:
    faults: Faults = []
    if (limit := schema.get("maxLength")) is not None and len(value) > limit:
        faults.append(FieldError(path, "Too long", None, f"may not be more than {limit} bytes"))
    if (limit := schema.get("minLength")) is not None and len(value) < limit:
        faults.append(invalid(path, value, f"{path} in body should be at least {limit} chars long"))
    if (pattern := schema.get("pattern")) and not matches(pattern, value):
        faults.append(invalid(path, value, f"{path} in body should match '{pattern}'"))
    form = schema.get("format") or ""
    if form and not formats.is_valid(value, form):
        text = f'{path} in body must be of type {form}: "{value}"'
        faults.append(FieldError(path, "Type invalid", value, text))
    return faults


def matches(pattern: str, value: str) -> bool:
    """Tell whether `pattern` is found in `value`."""
    try:
        return patterns.compiled(pattern).search(value) is not None
    except patterns.Unreadable:
        return True  # Refused when the definition was made; nothing can be said of the value.


def _validate_number(value: float, schema: Object, path: str) -> Faults:
    faults: Faults = []
    top, bottom, step = schema.get("maximum"), schema.get("minimum"), schema.get("multipleOf")
    if top is not None and (value > top or (value == top and schema.get("exclusiveMaximum"))):
        words = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        faults.append(invalid(path, value, f"{path} in body should be {words} {_number(top)}"))
    if bottom is not None and (value < bottom or (value == bottom and schema.get("exclusiveMinimum"))):
        words = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        faults.append(invalid(path, value, f"{path} in body should be {words} {_number(bottom)}"))
    if step and not float(value / step).is_integer():
        faults.append(invalid(path, value, f"{path} in body should be a multiple of {_number(step)}"))
    bits = formats.INTEGERS.get(schema.get("format") or "")
    if bits and not -(2**bits) <= value < 2**bits:
        text = f"{path} in body must be of type {schema['format']}: {_json(value)}"
        faults.append(FieldError(path, "Type invalid", value, text))
    return faults


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _validate_length(value: Any, schema: Object, path: str, field: str, word: str) -> Faults:
    faults: Faults = []
    if (limit := schema.get(f"max{field}")) is not None and len(value) > limit:
        faults.append(too_many(path, len(value), limit))
    if (limit := schema.get(f"min{field}")) is not None and len(value) < limit:
        faults.append(invalid(path, value, f"{path} in body should have at least {limit} {word}"))
    if field == "Items" and schema.get("uniqueItems") and len({_json(each) for each in value}) < len(value):
        faults.append(invalid(path, value, f"{path} in body shouldn't contain duplicates"))
    return faults


def _validate_map(value: Mapping[str, Any], schema: Object, path: str, old: Any) -> Faults:
    faults: Faults = []
    known, others = schema.get("properties") or {}, additional(schema)
    for name, item in value.items():
        part = known.get(name, others)
        if part:
            faults += validate(item, part, child(path, name), counterpart(old, name))
    return faults + [
        required(child(path, name)) for name in schema.get("required") or () if name not in value
    ]


def _validate_combinations(value: Any, schema: Object, path: str) -> Faults:
    faults: Faults = []
    if listed := schema.get("anyOf"):
        faults += _any_of(value, listed, path)
    if listed := schema.get("oneOf"):
        faults += _one_of(value, listed, path)
    for part in schema.get("allOf") or ():
        if wrong := validate(value, part, path):
            faults += [_combined(f'"{path}" must validate all the schemas (allOf)'), *wrong]
    refused = schema.get("not")
    if refused is not None and not validate(value, refused, path):
        faults.append(_combined(f'"{path}" must not validate the schema (not)'))
    return faults


def _combined(text: str) -> FieldError:
    return invalid(NOWHERE, "", text)


def _any_of(value: Any, listed: Sequence[Object], path: str) -> Faults:
    first: Faults = []
    for part in listed:
        wrong = validate(value, part, path)
        if not wrong:
            return []
        first = first or wrong
    return [_combined(f'"{path}" must validate at least one schema (anyOf)'), *first]


def _one_of(value: Any, listed: Sequence[Object], path: str) -> Faults:
    results = [validate(value, part, path) for part in listed]
    right = sum(not wrong for wrong in results)
    if right == 1:
        return []
    text = f'"{path}" must validate one and only one schema (oneOf). '
    if right:
        return [_combined(f"{text}Found {right} valid alternatives")]
    return [_combined(f"{text}Found none valid"), *results[0]]
