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
from functools import cache
from typing import Any

from kubewheel.api import quantity
from kubewheel.api.schema import Definition, Field, Schema, Type, load

Check = Callable[[Any], bool]

INT32 = 2**31
INT64 = 2**63
_ZERO: dict[Type, Any] = {
    Type.STRING: "", Type.BYTES: "", Type.BOOL: False, Type.INT32: 0, Type.INT64: 0, Type.FLOAT64: 0,
    Type.QUANTITY: "0", Type.INT_OR_STRING: 0,
}
_GO_TIME = '"2006-01-02T15:04:05Z07:00"'
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)")


def clean(obj: dict[str, Any], definition: Definition, schema: Schema | None = None) -> list[str]:
    """Bring `obj` into the form in which it is kept, in place, and return the paths of fields that were dropped.

    Raises ValueError with the message of Go's decoder when a value has a wrong type.
    """
    schema = schema or load()
    if _checks(schema).struct(definition.name)(obj):
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
    if metadata is None or _checks(schema).struct(schema.object_meta.name)(metadata):
        return []
    walk = _Walk(schema)
    place = _Place("metadata", "", "metadata")
    obj["metadata"] = walk.struct_value(Field(Type.STRUCT, schema.object_meta.name), metadata, place)
    return walk.unknown


class _Checks:
    """Compiled checks: does a value have the right type and its kept form already?"""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._structs: dict[str, Check] = {}
        self._scalars: dict[Type, Check | type] = {
            Type.STRING: str, Type.BOOL: bool, Type.INT32: _is_int32, Type.INT64: _is_int64,
            Type.FLOAT64: _is_number, Type.BYTES: _is_base64, Type.TIME: _is_time, Type.MICRO_TIME: _is_micro_time,
            Type.QUANTITY: _is_quantity, Type.INT_OR_STRING: _is_int_or_string, Type.ANY: _is_present,
        }

    def struct(self, name: str) -> Check:
        """Return the check of a definition."""
        found = self._structs.get(name)
        if found is None:
            definition = self._schema.definition(name)
            # The map is filled after the check is known: definitions refer to each other, and to themselves.
            tests: dict[str, Check | type] = {}
            found = self._structs[name] = _struct_check(tests)
            tests.update((key, self._field(field)) for key, field in definition.fields.items())
        return found

    def _field(self, field: Field) -> Check | type:
        if field.type is Type.STRUCT:
            return self._later(field.ref)
        if field.type is Type.LIST:
            return _list_check(self._field(field.element)) if field.element else _is_list
        if field.type is Type.MAP:
            return _map_check(self._field(field.element)) if field.element else _is_map
        return self._scalars[field.type]

    def _later(self, name: str) -> Check:
        """Return a check that is compiled when it is first used: most objects use few of their definitions."""
        def check(value: Any) -> bool:
            return self.struct(name)(value)

        return self._structs.get(name) or check


@cache
def _checks(schema: Schema) -> _Checks:
    return _Checks(schema)


def _struct_check(tests: dict[str, Check | type]) -> Check:
    find = tests.get

    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for key, item in value.items():
            test = find(key)
            if type(item) is test:
                continue
            if test is None or isinstance(test, type) or not test(item):
                return False
        return True

    return check


def _list_check(test: Check | type) -> Check:
    def check(value: Any) -> bool:
        if type(value) is not list:
            return False
        if isinstance(test, type):
            return all(type(item) is test for item in value)
        return all(map(test, value))

    return check


def _map_check(test: Check | type) -> Check:
    def check(value: Any) -> bool:
        if type(value) is not dict:
            return False
        if isinstance(test, type):
            return all(type(item) is test for item in value.values())
        return all(map(test, value.values()))

    return check


def _is_list(value: Any) -> bool:
    return type(value) is list


def _is_map(value: Any) -> bool:
    return type(value) is dict


def _is_present(value: Any) -> bool:
    return value is not None


def _is_int32(value: Any) -> bool:
    return type(value) is int and -INT32 <= value < INT32


def _is_int64(value: Any) -> bool:
    return type(value) is int and -INT64 <= value < INT64


def _is_number(value: Any) -> bool:
    return type(value) is int or type(value) is float


def _is_int_or_string(value: Any) -> bool:
    return type(value) is str or _is_int32(value)


def _is_base64(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        return False
    return True


def _is_quantity(value: Any) -> bool:
    if type(value) is not str:
        return False
    try:
        return quantity.canonical(value) == value
    except ValueError:
        return False


def _is_moment(value: Any, size: int) -> bool:
    if type(value) is not str or len(value) != size or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return value[-1] == "Z"


def _is_time(value: Any) -> bool:
    return _is_moment(value, 20)


def _is_micro_time(value: Any) -> bool:
    return _is_moment(value, 27)


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
            Type.QUANTITY: _quantity, Type.INT_OR_STRING: _int_or_string, Type.ANY: _anything,
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
    if not _is_number(value):
        raise _mismatch(value, "float64", place)
    return value  # type: ignore[no-any-return]


def _int_or_string(_: Field, value: Any, place: _Place) -> int | str:
    if not _is_int_or_string(value):
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
    if not _TIME.fullmatch(value):
        raise ValueError(f'parsing time "{value}" as {_GO_TIME}: cannot parse "{value}" as "2006"')
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'parsing time "{value}": day out of range') from error


def _time(_: Field, value: Any, place: _Place) -> str:
    return _moment(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(_: Field, value: Any, place: _Place) -> str:
    return _moment(value).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _anything(_: Field, value: Any, place: _Place) -> Any:
    return value
