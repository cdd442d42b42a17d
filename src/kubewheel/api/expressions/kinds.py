"""Types of objects of built-in kinds."""

from functools import cache

from kubewheel.api import schema
from kubewheel.api.schema import Definition, Field
from kubewheel.libs.cel import types
from kubewheel.libs.cel.types import Type

_SIMPLE = {
    schema.Type.STRING: types.STRING, schema.Type.BOOL: types.BOOL, schema.Type.INT32: types.INT,
    schema.Type.INT64: types.INT, schema.Type.FLOAT64: types.DOUBLE, schema.Type.BYTES: types.BYTES,
    schema.Type.TIME: types.TIMESTAMP, schema.Type.MICRO_TIME: types.TIMESTAMP, schema.Type.QUANTITY: types.STRING,
}


def type_of(definition: Definition) -> Type:
    """Return the type of objects of a definition."""
    loaded = schema.load()

    @cache
    def field(name: str) -> Type | None:
        found = definition.fields.get(name)
        return None if found is None else _field(found, loaded)

    return types.object_of(definition.name, field)


def _field(field: Field, loaded: schema.Schema) -> Type:
    if field.type is schema.Type.STRUCT:
        return type_of(loaded.definition(field.ref))
    held = _field(field.element, loaded) if field.element is not None else types.DYN
    if field.type is schema.Type.LIST:
        return types.list_of(held)
    if field.type is schema.Type.MAP:
        return types.map_of(types.STRING, held)
    return _SIMPLE.get(field.type, types.DYN)
