"""Types of the values that schemas of custom resources describe."""

from functools import cache

from kubewheel.api.custom import cel_values
from kubewheel.api.custom.structure import EMBEDDED, PRESERVE, additional
from kubewheel.api.expressions import Environment, functions
from kubewheel.libs.cel import types
from kubewheel.libs.cel.types import Type
from kubewheel.libs.wire import Object

_FORMATS = {
    "date-time": types.TIMESTAMP, "datetime": types.TIMESTAMP, "date": types.TIMESTAMP, "duration": types.DURATION,
    "byte": types.BYTES,
}
_SIMPLE = {"boolean": types.BOOL, "integer": types.INT, "number": types.DOUBLE}
NAME = "object"


def type_of(schema: Object, *, is_root: bool = False, name: str = NAME) -> Type | None:
    """Return the type of values of a schema; None for those that rules do not see."""
    if schema.get("x-kubernetes-int-or-string"):
        return types.DYN
    kind = schema.get("type")
    if kind == "array":
        items = type_of(schema.get("items") or {}, name=f"{name}.@idx")
        return types.list_of(items) if items is not None else None
    if kind == "object":
        return _object(schema, is_root, name)
    if kind == "string":
        return _FORMATS.get(schema.get("format") or "", types.STRING)
    found = _SIMPLE.get(kind or "")
    return found if found is not None or not schema.get(PRESERVE) else types.DYN


def _object(schema: Object, is_root: bool, name: str) -> Type | None:
    others = additional(schema)
    if others is not None:
        held = type_of(others, name=f"{name}.@elem")
        return types.map_of(types.STRING, held) if held is not None else None
    known = cel_values.fields_of(schema, is_root=is_root or bool(schema.get(EMBEDDED)))
    if not known and schema.get(PRESERVE):
        return types.map_of(types.STRING, types.DYN)

    @cache  # Worked out when asked for: schemas are large, rules look at little of them.
    def field(wanted: str) -> Type | None:
        for each, part in known.items():
            if cel_values.escaped(each) == wanted:
                return type_of(part, name=f"{name}.{each}")
        return None

    return types.object_of(name, field)


def environment(schema: Object, *, is_root: bool, optional_old: bool = False) -> Environment:
    """Return what rules of a schema can refer to."""
    found = type_of(schema, is_root=is_root, name="selfType") or types.DYN
    before = types.optional_of(found) if optional_old else found
    return Environment(functions(), {"self": found, "oldSelf": before})
