"""Compiled checks of decoded objects: does a value have the right type, and its kept form, already?

Nearly all objects do, so this is what decides whether anybody has to walk them; see `fields`.
"""

import binascii
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from kubewheel.api import quantity
from kubewheel.api.schema import JSON_SCHEMA, UNIONS, Field, Schema, Type

Check = Callable[[Any], bool]

INT32 = 2**31
INT64 = 2**63
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)")


class Checks:
    """Compiled checks: does a value have the right type and its kept form already?"""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._structs: dict[str, Check] = {}
        self._scalars: dict[Type, Check | type] = {
            Type.STRING: str, Type.BOOL: bool, Type.INT32: _is_int32, Type.INT64: _is_int64,
            Type.FLOAT64: is_number, Type.BYTES: _is_base64, Type.TIME: _is_time, Type.MICRO_TIME: _is_micro_time,
            Type.QUANTITY: _is_quantity, Type.INT_OR_STRING: is_int_or_string, Type.ANY: _is_present,
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
        if field.ref in UNIONS:
            return self._union(UNIONS[field.ref])
        return self._scalars[field.type]

    def _union(self, other: type) -> Check:
        """Return the check of a schema that may be something else instead: texts in a list, schemas in one, a bool."""
        inner: Check | type = self._later(JSON_SCHEMA)

        def check(value: Any) -> bool:
            if type(value) is dict:
                return self.struct(JSON_SCHEMA)(value)
            if type(value) is not list:
                return type(value) is other
            return other is not bool and _list_check(str if other is str else inner)(value)

        return check

    def _later(self, name: str) -> Check:
        """Return a check that is compiled when it is first used: most objects use few of their definitions."""
        def check(value: Any) -> bool:
            return self.struct(name)(value)

        return self._structs.get(name) or check


@cache
def of(schema: Schema) -> Checks:
    """Return the checks of a schema."""
    return Checks(schema)


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


def is_number(value: Any) -> bool:
    """Tell whether a value is a number."""
    return type(value) is int or type(value) is float


def is_int_or_string(value: Any) -> bool:
    """Tell whether a value is a text or a small integer."""
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
    if type(value) is not str or len(value) != size or not TIME.fullmatch(value):
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
