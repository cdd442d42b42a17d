"""The schema of the built-in kinds: which fields there are, of which type, and how lists and maps merge.

The data is made from the published definitions (see `_generated`); a definition is parsed when it is first asked for.
"""

import dataclasses
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
OBJECT_META = META + "ObjectMeta"

_DATA = Path(__file__).parent / "_generated"


class Type(StrEnum):
    """What a field holds; the values are Go's names where errors show them."""

    STRING = "string"
    BOOL = "bool"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT64 = "float64"
    BYTES = "[]uint8"
    TIME = "Time"
    MICRO_TIME = "MicroTime"
    QUANTITY = "Quantity"
    INT_OR_STRING = "IntOrString"
    STRUCT = "struct"
    LIST = "list"
    MAP = "map"
    ANY = "any"


_CODES = {
    "s": Type.STRING, "b": Type.BOOL, "i": Type.INT32, "j": Type.INT64, "n": Type.FLOAT64, "y": Type.BYTES,
    "d": Type.TIME, "[": Type.LIST, "m": Type.MAP,
}
_EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
JSON_SCHEMA = _EXTENSIONS + "JSONSchemaProps"
# What may hold a schema or something else: whether anything is allowed, names of fields, a list of schemas.
UNIONS: Mapping[str, type] = {
    JSON_SCHEMA + "OrBool": bool, JSON_SCHEMA + "OrStringArray": str, JSON_SCHEMA + "OrArray": list,
}
_SCALARS = {
    META + "Time": Type.TIME,
    META + "MicroTime": Type.MICRO_TIME,
    META + "FieldsV1": Type.ANY,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": Type.QUANTITY,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": Type.INT_OR_STRING,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": Type.ANY,
    _EXTENSIONS + "JSON": Type.ANY,
    **dict.fromkeys(UNIONS, Type.ANY),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field, or the element of a list or map.

    `ref` names the definition of a struct, and of scalars that have one. `element` is what lists and maps hold.
    `list_type` is atomic, set or map (by `list_map_keys`); `map_type` is atomic or granular. `patch_strategy` and
    `merge_key` are those of strategic merge patches; a strategy may be two, `merge,retainKeys`.
    """

    type: Type
    ref: str = ""
    element: "Field | None" = None
    list_type: str = ""
    list_map_keys: tuple[str, ...] = ()
    map_type: str = ""
    patch_strategy: str = ""
    merge_key: str = ""

    @property
    def merges(self) -> bool:
        """Whether a strategic merge patch merges this list, rather than replacing it."""
        return "merge" in self.patch_strategy.split(",")

    @property
    def retains_keys(self) -> bool:
        """Whether a strategic merge patch may say which keys to retain."""
        return "retainKeys" in self.patch_strategy.split(",")

    @property
    def go_type(self) -> str:
        """The type as Go's decoder names it in errors."""
        if self.type is Type.LIST:
            return f"[]{self.element.go_type if self.element else 'interface {}'}"
        if self.type is Type.MAP:
            return f"map[string]{self.element.go_type if self.element else 'interface {}'}"
        if self.type is Type.STRUCT:
            return go_name(self.ref)
        return {
            Type.QUANTITY: "resource.Quantity", Type.INT_OR_STRING: "intstr.IntOrString", Type.TIME: "v1.Time",
            Type.MICRO_TIME: "v1.MicroTime", Type.ANY: "interface {}",
        }.get(self.type, str(self.type))


@dataclass(frozen=True, slots=True)
class Definition:
    """A struct: its fields, which of them are required, and the kinds that it is (group, version, kind)."""

    name: str
    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str, str], ...] = ()
    map_type: str = ""
    scalar: Type | None = None
    base: str = ""  # The definition that this one was made from, whose descriptions fit.
    docs: Mapping[str, str] = dataclasses.field(default_factory=dict)  # Descriptions of fields that `base` lacks.

    @property
    def go_struct(self) -> str:
        """The name of the struct in Go."""
        return self.name.rpartition(".")[2]


def go_name(definition: str) -> str:
    """Return `v1.PodSpec` for io.k8s.api.core.v1.PodSpec."""
    return ".".join(definition.split(".")[-2:])


More = tuple[Mapping[str, str], Mapping[str, str]]  # Names of definitions by group/version/kind; encoded definitions.


def is_scalar(name: str) -> bool:
    """Return whether the definition called `name` is a value, not a struct."""
    return name in _SCALARS


def no_more(_schema: "Schema", _group: str, _version: str) -> More:
    """Know no versions but those that are published."""
    return {}, {}


class Schema:
    """All definitions, parsed one by one as they are asked for.

    `retired` makes those of versions that are not published any more (see `kubewheel.api.retired.definitions`).
    """

    def __init__(self, structure: bytes, retired: "Callable[[Schema, str, str], More]" = no_more) -> None:
        self._retired = retired
        index, *lines = structure.decode().splitlines()
        self._names: dict[str, str] = json.loads(index)
        self._raw: dict[str, str] = dict(line.split("\t", 1) for line in lines)
        self._parsed: dict[str, Definition] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def name_of(self, group: str, version: str, kind: str) -> str | None:
        """Return the name of a kind's definition."""
        key = f"{group}/{version}/{kind}"
        if key not in self._names and ("alpha" in version or "beta" in version):
            names, definitions = self._retired(self, group, version)
            self._names.update(names)
            self._raw.update(definitions)
        return self._names.get(key)

    def type_of(self, group: str, version: str, kind: str) -> Definition | None:
        """Return the definition of a kind, or None for kinds that have none (custom ones, options of connections)."""
        name = self.name_of(group, version, kind)
        return self.definition(name) if name else None

    def raw(self, name: str) -> str:
        """Return the encoded definition called `name`; raise KeyError if there is none."""
        return self._raw[name]

    def definition(self, name: str) -> Definition:
        """Return the definition called `name`; raise KeyError if there is none."""
        found = self._parsed.get(name)
        if found is None:
            found = self._parsed[name] = _parse(name, json.loads(self._raw[name]))
        return found

    def field(self, definition: Definition, *path: str) -> Field | None:
        """Return the field at `path`, stepping into the elements of lists and maps on the way."""
        found: Field | None = None
        for name in path:
            if found is not None:
                inner = found
                while inner.element is not None:
                    inner = inner.element
                if inner.type is not Type.STRUCT:
                    return None
                definition = self.definition(inner.ref)
            found = definition.fields.get(name)
            if found is None:
                return None
        return found

    @cached_property
    def object_meta(self) -> Definition:
        """The definition of metadata."""
        return self.definition(OBJECT_META)


def _parse(name: str, raw: Mapping[str, Any]) -> Definition:
    scalar = _SCALARS.get(name)
    return Definition(
        name=name, fields={key: _field(each) for key, each in raw["f"].items()}, required=tuple(raw.get("r", ())),
        kinds=tuple((group, version, kind) for group, version, kind in raw.get("g", ())), map_type=raw.get("m", ""),
        scalar=scalar, base=raw.get("b", ""), docs=raw.get("d", {}),
    )


def _field(raw: Any) -> Field:
    if isinstance(raw, str):
        return _simple(raw)
    code, attributes = raw
    kind, ref = _type(code)
    return Field(
        type=kind, ref=ref, element=_field(attributes["e"]) if "e" in attributes else None,
        list_type=attributes.get("l", ""), list_map_keys=tuple(attributes.get("k", ())),
        map_type=attributes.get("t", ""), patch_strategy=attributes.get("p", ""), merge_key=attributes.get("m", ""),
    )


@cache
def _simple(code: str) -> Field:
    """Return a field without attributes; equal ones are one object, which keeps the parsed schema small."""
    return Field(*_type(code))


def _type(code: str) -> tuple[Type, str]:
    if not code.startswith("@"):
        return _CODES[code], ""
    ref = code[1:]
    return _SCALARS.get(ref, Type.STRUCT), ref


def read_data(name: str) -> bytes:
    """Return one of the generated data files."""
    return (_DATA / name).read_bytes()


@cache
def load() -> Schema:
    """Return the schema of Kubernetes 1.37; the same one for all who ask."""
    return Schema(zlib.decompress(read_data("structure.zz")), _retired)


def _retired(schema: Schema, group: str, version: str) -> More:
    from kubewheel.api.retired import definitions  # Rarely needed.

    return definitions.of(schema, group, version)
