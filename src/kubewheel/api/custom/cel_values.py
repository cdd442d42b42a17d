"""Values as rules see them: fields under names that CEL can write, in the types that the schema says."""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from kubewheel.api.custom.structure import EMBEDDED, PRESERVE, additional
from kubewheel.libs.wire import Object

RESERVED = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
    "let", "loop", "package", "namespace", "return", "var", "void", "while",
})
_ESCAPES = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
_WRITABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_ROOT: Object = {
    "apiVersion": {"type": "string"}, "kind": {"type": "string"},
    "metadata": {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}},
}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def escaped(name: str) -> str:
    """Return the name by which a rule means the field `name`."""
    if name in RESERVED:
        return f"__{name}__"
    for theirs, ours in _ESCAPES:
        name = name.replace(theirs, ours)
    return name


def fields_of(schema: Object, *, is_root: bool) -> Object:
    """Return the fields that rules can see; of metadata only the name."""
    known = schema.get("properties") or {}
    return {**known, **_ROOT} if is_root or schema.get(EMBEDDED) else known


def convert(value: Any, schema: Object, *, is_root: bool = False) -> Any:
    """Return a value in the types of CEL."""
    if isinstance(value, dict):
        return _map(value, schema, is_root)
    if isinstance(value, list):
        return _list(value, schema)
    if isinstance(value, str):
        return _text(value, schema)
    if schema.get("type") == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if schema.get("type") == "integer" and isinstance(value, float):
        return int(value)
    return value


def _list(value: list[Any], schema: Object) -> list[Any]:
    items = schema.get("items") or {}
    made = [convert(item, items) for item in value]
    if schema.get("x-kubernetes-list-type") not in ("set", "map"):
        return made
    from kubewheel.libs.cel.values import KeyedList  # Only rules need it.

    return KeyedList(made, tuple(map(escaped, schema.get("x-kubernetes-list-map-keys") or ())))


def _map(value: dict[str, Any], schema: Object, is_root: bool) -> dict[str, Any]:
    others = additional(schema)
    if others is not None:
        return {name: convert(item, others) for name, item in value.items()}
    known = fields_of(schema, is_root=is_root)
    if not known and (schema.get(PRESERVE) or not schema):
        return {name: convert(item, {}) for name, item in value.items()}
    return {
        escaped(name): convert(value[name], part) for name, part in known.items()
        if name in value and _WRITABLE.fullmatch(name)
    }


def _text(value: str, schema: Object) -> Any:
    form = schema.get("format")
    try:
        if form in ("date-time", "datetime"):
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        if form == "date":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        if form == "duration":
            parts = re.findall(r"([\d.]+)(ms|us|µs|ns|h|m|s)", value)
            seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
            return timedelta(seconds=-seconds if value.startswith("-") else seconds)
        if form == "byte":
            return base64.b64decode(value)
    except (ValueError, binascii.Error):
        return value
    return value
