"""Shapes: how values are owned and merged, as a whole or part by part.

A shape comes from the schema of a built-in kind, from the OpenAPI schema of a custom one, or, where there is neither,
from the value itself: maps have parts, all else is whole.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache, cached_property
from typing import Any, Final

import orjson

from kubewheel.api import schema
from kubewheel.api.schema import Definition, Field, Schema, Type

KNOWN_ITEMS: Final = 256  # Names of items that a list remembers.


class Form(Enum):
    """What the parts of a value are."""

    LEAF = "leaf"  # It has none: scalars, atomic lists and maps.
    STRUCT = "struct"
    MAP = "map"
    SET = "set"
    KEYED = "keyed"
    DEDUCED = "deduced"


TYPE_NAMES: Final = frozenset({"apiVersion", "kind"})
# What the server alone decides belongs to nobody.
SYSTEM_NAMES: Final = frozenset({
    "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
    "resourceVersion",
})
# Fields that Go keeps by value: they are there even when they say nothing, so nobody adds them.
_EMBEDDED: Final = frozenset({
    "metadata", "spec", "status", "template", "strategy", "updateStrategy", "resources", "jobTemplate", "state",
    "lastState", "nodeInfo", "daemonEndpoints", "kubeletEndpoint", "involvedObject", "source", "roleRef",
    "loadBalancer", "scaleTargetRef", "backend", "names", "acceptedNames", "target", "metric", "clientConfig",
})
# Keys of lists that may be left out, and what they then are.
_KEY_DEFAULTS: Final[Mapping[str, Any]] = {"protocol": "TCP"}


class Shape:
    """The shape of a value; `element` is that of items of lists and maps, `fields` are those of a struct."""

    def __init__(
        self, form: Form, *, element: "Shape | None" = None, keys: tuple[str, ...] = (),
        defaults: Mapping[str, Any] | None = None, is_embedded: bool = False,
    ) -> None:
        self.form = form
        self.is_leaf = form is Form.LEAF
        self.is_struct = form is Form.STRUCT
        self.is_embedded = is_embedded
        self.keys = tuple(sorted(keys))
        self._element = element
        self._defaults = defaults or {}
        self._items: dict[str, str] = {}

    @property
    def element(self) -> "Shape":
        """The shape of an item."""
        return self._element or DEDUCED

    @cached_property
    def fields(self) -> Mapping[str, "Shape"]:
        """The fields of a struct."""
        return {}

    @cached_property
    def parts(self) -> Mapping[str, "tuple[str, Shape] | None"]:
        """The fields of a struct as field sets call them, with their shapes; None for those that nobody manages."""
        return {name: ("f:" + name, shape) for name, shape in self.fields.items()}

    def part(self, name: str) -> "Shape":
        """Return the shape of the field or entry called `name`."""
        if self.form is Form.STRUCT:
            return self.fields.get(name) or DEDUCED
        return self.element

    def is_namesake(self, one: Any, other: Any) -> bool:
        """Tell whether two items of this list, which has keys, have the same ones."""
        if not isinstance(one, dict) or not isinstance(other, dict):
            return False
        known = False
        for key in self.keys:
            found = one.get(key)
            if found != other.get(key):
                return False
            known = known or found is not None
        return known

    def item(self, value: Any) -> str:
        """Return how a field set calls an item of this list; raise ValueError if nothing tells it from others."""
        name = value.get(self.keys[0]) if len(self.keys) == 1 and type(value) is dict else None
        if type(name) is not str:
            return self._item(value)
        known = self._items.get(name)
        if known is None:
            if len(self._items) >= KNOWN_ITEMS:
                self._items.clear()
            known = self._items[name] = self._item(value)
        return known

    def _item(self, value: Any) -> str:
        if self.form is Form.SET:
            return "v:" + orjson.dumps(value).decode()
        if not isinstance(value, dict):
            raise ValueError("associative list with keys may not have non-map elements")
        named = {}
        for key in self.keys:
            found = value.get(key, self._defaults.get(key))
            if found is not None:
                named[key] = found
        if not named:
            if len(self.keys) == 1:
                detail = f'an element that omits key field "{self.keys[0]}" (and doesn\'t have default value)'
            else:
                listed = " ".join(f'"{key}"' for key in self.keys)
                detail = f"an element that omits all key fields [{listed}] (and doesn't have default values)"
            raise ValueError(f"associative list with keys has {detail}")
        return "k:" + orjson.dumps(named).decode()


LEAF: Final = Shape(Form.LEAF)
DEDUCED: Final = Shape(Form.DEDUCED)


class _Struct(Shape):
    """A struct of the schema; its fields are looked at when first asked for, as structs may hold each other."""

    def __init__(self, source: Schema, definition: Definition, *, is_embedded: bool = False) -> None:
        super().__init__(Form.STRUCT, is_embedded=is_embedded)
        self._source = source
        self._definition = definition

    @cached_property
    def fields(self) -> Mapping[str, Shape]:
        """The fields of the struct."""
        return {name: _of_field(self._source, each, name) for name, each in self._definition.fields.items()}


def _of_field(source: Schema, field: Field, name: str = "") -> Shape:
    if field.type is Type.STRUCT:
        return _of_struct(source, field, name)
    if field.type is Type.LIST:
        return _of_list(source, field)
    if field.type is Type.MAP:
        if field.map_type == "atomic" or field.element is None:
            return LEAF
        return Shape(Form.MAP, element=_of_field(source, field.element))
    return DEDUCED if field.type is Type.ANY else LEAF


def _of_struct(source: Schema, field: Field, name: str) -> Shape:
    definition = source.definition(field.ref)
    if (field.map_type or definition.map_type) == "atomic":
        return LEAF
    if not definition.fields:
        return DEDUCED
    return _struct(source, field.ref, name in _EMBEDDED)


@cache
def _struct(source: Schema, name: str, is_embedded: bool) -> Shape:
    return _Struct(source, source.definition(name), is_embedded=is_embedded)


def _of_list(source: Schema, field: Field) -> Shape:
    if field.list_type == "set" and field.element is not None:
        return Shape(Form.SET, element=LEAF)
    if field.list_type != "map" or field.element is None:
        return LEAF
    required = source.definition(field.element.ref).required if field.element.ref else ()
    names = source.definition(field.element.ref).fields if field.element.ref else {}
    defaults = {}
    for key in field.list_map_keys:
        if key in _KEY_DEFAULTS:
            defaults[key] = _KEY_DEFAULTS[key]
        elif (key in required or len(field.list_map_keys) == 1) and names[key].type is Type.STRING:
            defaults[key] = ""
    return Shape(
        Form.KEYED, element=_of_field(source, field.element), keys=field.list_map_keys, defaults=defaults,
    )


class _Metadata(_Struct):
    """Metadata of a whole object, part of which is the server's alone."""

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, Shape] | None]:
        """The fields that can have a manager."""
        return {
            name: None if name in SYSTEM_NAMES else ("f:" + name, shape) for name, shape in self.fields.items()
        }


@cache
def _metadata(source: Schema) -> Shape:
    return _Metadata(source, source.object_meta, is_embedded=True)


class _Root(Shape):
    """A whole object: its own fields, and what all objects have."""

    def __init__(self, own: Shape) -> None:
        super().__init__(Form.STRUCT)
        self._own = own

    @cached_property
    def fields(self) -> Mapping[str, Shape]:
        """The fields of the object."""
        return {**self._own.fields, "apiVersion": LEAF, "kind": LEAF, "metadata": _metadata(schema.load())}

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, Shape] | None]:
        """The fields that can have a manager."""
        return {name: None if name in TYPE_NAMES else ("f:" + name, shape) for name, shape in self.fields.items()}

    def part(self, name: str) -> Shape:
        """Return the shape of the field called `name`."""
        return self.fields.get(name) or self._own.part(name)


class _Properties(Shape):
    """A struct of an OpenAPI schema."""

    def __init__(self, properties: Mapping[str, Any], other: Shape) -> None:
        super().__init__(Form.STRUCT)
        self._properties = properties
        self._other = other

    @cached_property
    def fields(self) -> Mapping[str, Shape]:
        """The fields of the struct."""
        return {name: of_openapi(each) for name, each in self._properties.items()}

    def part(self, name: str) -> Shape:
        """Return the shape of the field called `name`."""
        return self.fields.get(name) or self._other


def of_openapi(found: Mapping[str, Any]) -> Shape:
    """Return the shape of what a structural OpenAPI schema describes."""
    if found.get("x-kubernetes-embedded-resource"):
        return _Root(_of_object(found))
    if found.get("type") == "array":
        return _of_array(found)
    if found.get("type") == "object":
        return LEAF if found.get("x-kubernetes-map-type") == "atomic" else _of_object(found)
    return DEDUCED if "type" not in found and not found.get("x-kubernetes-int-or-string") else LEAF


def _of_object(found: Mapping[str, Any]) -> Shape:
    more = found.get("additionalProperties")
    other = of_openapi(more) if isinstance(more, Mapping) else DEDUCED
    if found.get("properties"):
        return _Properties(found["properties"], other)
    return Shape(Form.MAP, element=other) if isinstance(more, Mapping) else DEDUCED


def _of_array(found: Mapping[str, Any]) -> Shape:
    items = found.get("items") or {}
    if found.get("x-kubernetes-list-type") == "set":
        return Shape(Form.SET, element=LEAF)
    if found.get("x-kubernetes-list-type") != "map":
        return LEAF
    keys = tuple(found.get("x-kubernetes-list-map-keys") or ())
    properties = items.get("properties") or {}
    defaults = {key: properties[key]["default"] for key in keys if "default" in (properties.get(key) or {})}
    return Shape(Form.KEYED, element=of_openapi(items), keys=keys, defaults=defaults)


@cache
def of_kind(group: str, version: str, kind: str) -> Shape:
    """Return the shape of the objects of a kind; of one without a schema, only metadata is known."""
    source = schema.load()
    name = source.name_of(group, version, kind)
    return _Root(_struct(source, name, False)) if name else UNKNOWN


def of_custom(found: Mapping[str, Any]) -> Shape:
    """Return the shape of custom objects with an OpenAPI schema."""
    return _Root(_of_object(found))


UNKNOWN: Final = _Root(DEDUCED)
