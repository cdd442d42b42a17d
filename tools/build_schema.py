"""Make the schema data of the package from the Kubernetes 1.37 definitions that `kubernetes-validate` carries.

Run it as `python tools/build_schema.py`; a unit test fails when the committed files are not what it makes. Only what
the resources of `kubewheel.api.builtin` reach is kept.

The first line of the structure maps `group/version/kind` to names. Every other line is `name TAB json`; the JSON has
`f` (fields), and where there is something to say `r` (required fields), `g` (group, version, kind) and `m` (map type)
or `t` (the type code of what is no struct). A field is a type code, or a list of one and its
attributes: `e` element, `l` list type, `k` list-map keys, `p` patch strategy, `m` merge key, `t` map type.
"""

import json
import lzma
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kubewheel.api.registry import Registry

VERSION = "v1.37.0-local"
TARGET = Path(__file__).parent.parent / "src" / "kubewheel" / "api" / "_generated"

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
ROOTS = tuple(META + name for name in (
    "APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "DeleteOptions", "LabelSelector", "Patch", "Status",
    "WatchEvent",
))
PASSING = (("", "v1", "Binding"), ("policy", "v1", "Eviction"), ("autoscaling", "v1", "Scale"),
           ("authentication.k8s.io", "v1", "TokenRequest"))

CODES = {"string": "s", "boolean": "b", "integer": "i", "number": "n", "object": "m", "array": "["}
FORMATS = {"int32": "i", "int64": "j", "byte": "y", "double": "n", "date-time": "d"}
PREFIX = "#/$defs/"


def source() -> Path:
    """Return the file with the published definitions; raise ImportError if its package is not installed."""
    import kubernetes_validate

    return Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / VERSION / "_definitions.json"


def kept(definitions: dict[str, Any]) -> list[str]:
    """Return the names of the definitions that the served resources reach, sorted."""
    by_gvk = {
        (gvk["group"], gvk["version"], gvk["kind"]): name
        for name, definition in definitions.items()
        for gvk in definition.get("x-kubernetes-group-version-kind", ())
    }
    wanted = [*PASSING]
    for resource in Registry.builtin():
        wanted += [resource.gvk, (resource.group, resource.version, resource.list_kind)]
    found: set[str] = set()
    waiting = [*ROOTS, *(by_gvk[gvk] for gvk in wanted if gvk in by_gvk)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(definitions[name])
    return sorted(found)


def references(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that `schema` mentions."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):  # JSONSchemaProps has a field of that name.
                yield value.removeprefix(PREFIX)
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def type_code(schema: dict[str, Any]) -> str:
    """Return the code of a type; references are `@name`."""
    if "$ref" in schema:
        return "@" + schema["$ref"].removeprefix(PREFIX)
    kind = schema["type"]
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    return FORMATS.get(schema.get("format", ""), CODES[kind])


def field(schema: dict[str, Any]) -> Any:
    """Return a field in the notation of the data file."""
    attributes: dict[str, Any] = {}
    element = schema.get("items") or schema.get("additionalProperties")
    if isinstance(element, dict):
        attributes["e"] = field(element)
    for key, name in (
        ("l", "x-kubernetes-list-type"), ("k", "x-kubernetes-list-map-keys"), ("p", "x-kubernetes-patch-strategy"),
        ("m", "x-kubernetes-patch-merge-key"), ("t", "x-kubernetes-map-type"),
    ):
        if name in schema:
            attributes[key] = schema[name]
    code = type_code(schema)
    return [code, attributes] if attributes else code


def structure(definitions: dict[str, Any], names: Iterable[str]) -> bytes:
    """Return the structure, uncompressed."""
    lines, index = [], {}
    for name in names:
        definition = definitions[name]
        entry: dict[str, Any] = {"f": {key: field(each) for key, each in definition.get("properties", {}).items()}}
        if "required" in definition:
            entry["r"] = definition["required"]
        gvks = definition.get("x-kubernetes-group-version-kind", ())
        if gvks:
            # DeleteOptions and WatchEvent list every group; the first stands for all.
            entry["g"] = [[gvk["group"], gvk["version"], gvk["kind"]] for gvk in gvks][: 1 if len(gvks) > 5 else None]
            index |= {"/".join(gvk): name for gvk in entry["g"]}
        if "x-kubernetes-map-type" in definition:
            entry["m"] = definition["x-kubernetes-map-type"]
        if "properties" not in definition and "type" in definition:
            entry["t"] = type_code(definition)
        lines.append(f"{name}\t{json.dumps(entry, separators=(',', ':'))}\n")
    return "".join([json.dumps(index, separators=(",", ":")), "\n", *lines]).encode()


def docs(definitions: dict[str, Any], names: Iterable[str]) -> bytes:
    """Return the descriptions, uncompressed: name to [of the definition, {field: of the field}]."""
    described = {
        name: [
            definitions[name].get("description", ""),
            {
                key: each["description"]
                for key, each in definitions[name].get("properties", {}).items() if each.get("description")
            },
        ]
        for name in names
    }
    return json.dumps(described, separators=(",", ":"), ensure_ascii=False).encode()


def build() -> tuple[bytes, bytes]:
    """Return structure and descriptions, uncompressed."""
    definitions = json.loads(source().read_bytes())["$defs"]
    names = kept(definitions)
    return structure(definitions, names), docs(definitions, names)


def main() -> None:
    """Write the data files."""
    shape, described = build()
    (TARGET / "structure.zz").write_bytes(zlib.compress(shape, 9))
    (TARGET / "docs.xz").write_bytes(lzma.compress(described, preset=9 | lzma.PRESET_EXTREME))
    for path in sorted(TARGET.glob("*.?z")):
        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
