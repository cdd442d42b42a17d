"""Fields of decoded objects against the schema: types, unknown fields, and the form in which values are kept.

What Go's decoder would do happens here: nulls vanish, quantities and times get their canonical form, fields that the
schema does not know are dropped (and reported), and a value of a wrong type is an error in Go's words.

Nearly all objects are clean, so a compiled check decides that first; only the others are walked with their paths.
"""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubewheel.api import field_checks, quantity
from kubewheel.api.field_checks import INT32, INT64
from kubewheel.api.schema import JSON_SCHEMA, UNIONS, Definition, Field, Schema, Type, load

_ZERO: dict[Type, Any] = {
    Type.STRING: "", Type.BYTES: "", Type.BOOL: False, Type.INT32: 0, Type.INT64: 0, Type.FLOAT64: 0,
    Type.QUANTITY: "0", Type.INT_OR_STRING: 0,
}
_GO_TIME = '"2006-01-02T15:04:05Z07:00"'


def clean(obj: dict[str, Any], definition: Definition, schema: Schema | None = None) -> list[str]:
    """Bring `obj` into the form in which it is kept, in place, and return the paths of fields that were dropped.

    Raises ValueError with the message of Go's decoder when a value has a wrong type.
    """
    schema = schema or load()
    if field_checks.of(schema).struct(definition.name)(obj):
        return []
    walk = _Walk(schema)
    walk.struct(obj, definition, _Place("", definition.go_struct, ""))
    return walk.unknown


def unknown_fields(gvk: tuple[str, str, str], obj: dict[str, Any]) -> list[str]:
    """Return the paths of the fields that a kind does not have, and drop them; see `clean`.

    Of kinds without a schema here only the metadata is known.
    """
    definition = load().type_of(*gvk)
    return clean(obj, definition) if definition else clean_metadata(obj)


def clean_metadata(obj: dict[str, Any]) -> list[str]:
    """Do what `clean` does for the metadata of an object whose kind has no schema here."""
    schema = load()
    metadata = obj.get("metadata")
    if metadata is None or field_checks.of(schema).struct(schema.object_meta.name)(metadata):
        return []
    walk = _Walk(schema)
    place = _Place("metadata", "", "metadata")
    obj["metadata"] = walk.struct_value(Field(Type.STRUCT, schema.object_meta.name), metadata, place)
    return walk.unknown


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: its path, and struct and field in Go's notation (no indexes, no keys of maps)."""

    path: str
    struct: str
    field: str

    def member(self, struct: str, name: str) -> "_Place":
        return _Place(_joined(self.path, name), struct, _joined(self.field, name))

    def element(self, index: int) -> "_Place":
        return _Place(f"{self.path}[{index}]", self.struct, self.field)

    def entry(self, key: str) -> "_Place":
        return _Place(_joined(self.path, key), self.struct, self.field)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kind_of(value: Any, *, shown: bool = False) -> str:
    """Return Go's word for the type of a JSON value; numbers with their text if `shown`."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return f"number {value}" if shown else "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "null"


def _mismatch(value: Any, go_type: str, place: _Place, *, shown: bool = False) -> ValueError:
    target = f"struct field {place.struct}.{place.field}" if place.field else "value"
    return ValueError(f"json: cannot unmarshal {_kind_of(value, shown=shown)} into Go {target} of type {go_type}")


class _Walk:
    """Walks an object along its definition, changing it in place; the first wrong type ends it."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.unknown: list[str] = []
        self._readers: dict[Type, Callable[[Field, Any, _Place], Any]] = {
            Type.STRING: _string, Type.BOOL: _boolean, Type.INT32: _integer, Type.INT64: _integer,
            Type.FLOAT64: _number, Type.BYTES: _bytes, Type.TIME: _time, Type.MICRO_TIME: _micro_time,
            Type.QUANTITY: _quantity, Type.INT_OR_STRING: _int_or_string, Type.ANY: self._anything,
            Type.STRUCT: self.struct_value, Type.LIST: self._list, Type.MAP: self._map,
        }

    def struct(self, value: dict[str, Any], definition: Definition, place: _Place) -> None:
        """Clean an object of a definition in place."""
        dropped = []
        for name, item in value.items():
            field = definition.fields.get(name)
            if field is None:
                self.unknown.append(_joined(place.path, name))
                dropped.append(name)
            elif item is None:
                dropped.append(name)
            else:
                inner = place.member(definition.go_struct, name)
                value[name] = self._readers[field.type](field, item, inner)
        for name in dropped:
            del value[name]

    def struct_value(self, field: Field, value: Any, place: _Place) -> Any:
        """Clean a field that holds a struct."""
        if type(value) is not dict:
            raise _mismatch(value, field.go_type, place)
        self.struct(value, self._schema.definition(field.ref), place)
        return value

    def _list(self, field: Field, value: Any, place: _Place) -> Any:
        if type(value) is not list:
            raise _mismatch(value, field.go_type, place)
        if field.element is not None:
            for index, item in enumerate(value):
                value[index] = self._element(field.element, item, place.element(index))
        return value

    def _map(self, field: Field, value: Any, place: _Place) -> Any:
        if type(value) is not dict:
            raise _mismatch(value, field.go_type, place)
        if field.element is not None:
            for key, item in value.items():
                value[key] = self._element(field.element, item, place.entry(key))
        return value

    def _anything(self, field: Field, value: Any, _: _Place) -> Any:
        """Return any value as it is; a schema without what schemas do not have, which nobody is told."""
        other = UNIONS.get(field.ref)
        if other is None:
            return value
        inner, unsaid = Field(Type.STRUCT, JSON_SCHEMA), _Walk(self._schema)
        if type(value) is dict:
            return unsaid.struct_value(inner, value, _Place("", "", ""))
        if other is bool and type(value) is not bool:
            raise ValueError("boolean or JSON schema expected")
        if type(value) is list:
            element = Field(Type.STRING) if other is str else inner
            return unsaid._list(Field(Type.LIST, element=element), value, _Place("", "", ""))
        return value if other is bool else []

    def _element(self, field: Field, value: Any, place: _Place) -> Any:
        if value is None and field.type is not Type.ANY:
            return _zero(field)
        return self._readers[field.type](field, value, place)


def _zero(field: Field) -> Any:
    """Return what Go keeps for a null in a list or map: the zero value of its type."""
    if field.type is Type.STRUCT or field.type is Type.MAP:
        return {}
    return [] if field.type is Type.LIST else _ZERO.get(field.type)


def _string(_: Field, value: Any, place: _Place) -> str:
    if type(value) is not str:
        raise _mismatch(value, "string", place)
    return value


def _boolean(_: Field, value: Any, place: _Place) -> bool:
    if type(value) is not bool:
        raise _mismatch(value, "bool", place)
    return value


def _integer(field: Field, value: Any, place: _Place) -> int:
    limit = INT32 if field.type is Type.INT32 else INT64
    if type(value) is not int or not -limit <= value < limit:
        raise _mismatch(value, field.type, place, shown=True)
    return value


def _number(_: Field, value: Any, place: _Place) -> float:
    if not field_checks.is_number(value):
        raise _mismatch(value, "float64", place)
    return value  # type: ignore[no-any-return]


def _int_or_string(_: Field, value: Any, place: _Place) -> int | str:
    if not field_checks.is_int_or_string(value):
        raise _mismatch(value, "int32", _Place("", "", ""), shown=True)
    return value  # type: ignore[no-any-return]


def _quantity(_: Field, value: Any, place: _Place) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(quantity.WRONG_FORMAT)
    return str(quantity.parse(value))


def _bytes(_: Field, value: Any, place: _Place) -> str:
    if type(value) is not str:
        raise _mismatch(value, Type.BYTES, place)
    text = value.replace("\n", "").replace("\r", "")
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise ValueError(f"illegal base64 data at input byte {_bad_byte(value)} of {place.path}") from error
    return text


def _bad_byte(text: str) -> int:
    """Return the offset that Go's base64 decoder names: the first bad letter, or where a last group is incomplete."""
    good = re.match(r"[A-Za-z0-9+/\r\n]*", text)
    place = good.end() if good else 0
    rest = text[place:]
    if rest.startswith("=") and place % 4 >= 2:
        place += 2 if place % 4 == 2 and rest.startswith("==") else 1
    return place if place < len(text) else place - place % 4


def _moment(value: Any) -> datetime:
    if type(value) is not str:
        raise _mismatch(value, "string", _Place("", "", ""))
    if not field_checks.TIME.fullmatch(value):
        raise ValueError(f'parsing time "{value}" as {_GO_TIME}: cannot parse "{value}" as "2006"')
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'parsing time "{value}": day out of range') from error


def _time(_: Field, value: Any, place: _Place) -> str:
    return _moment(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(_: Field, value: Any, place: _Place) -> str:
    return _moment(value).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
