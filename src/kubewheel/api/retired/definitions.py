"""Definitions of retired versions: those of their successors, with what a version had instead.

The published definitions end with a version. What its own file adds or takes away is in its `STRUCTS`; all else,
above all the pods inside workloads, goes on changing in the retired versions exactly as in their successors.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api.resources import group_version, split_group_version
from kubewheel.api.retired import pod_presets, retirement, table
from kubewheel.api.schema import Schema, is_scalar

Raw = dict[str, Any]
Names = dict[str, str]

_REFERENCE = re.compile(r"@([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Struct:
    """How a struct differs. `add` has a code as in the generated data (`@Name` for a struct next to it) and a text."""

    add: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


SCALE = {
    "Scale": Struct(),
    "ScaleStatus": Struct(
        {
            "selector": (["m", {"e": "s"}], "The labels of the pods, if labels are all that is selected by."),
            "targetSelector": ("s", "The selector of the pods, as a query parameter has it."),
        },
        drop=("selector",),
    ),
}


def of(schema: Schema, group: str, version: str) -> tuple[Names, dict[str, str]]:
    """Return the names of kinds and the encoded definitions of a retired version; empty if it is none."""
    kinds: Names = {}
    made: dict[str, str] = {}
    api_version = group_version(group, version)
    for row in table.BY_VERSION.get(api_version, ()):
        wanted = [each for kind in row.kinds.split() for each in (kind, f"{kind}List")]
        structs = getattr(retirement.load(row.module), "STRUCTS", {})
        _derive(schema, api_version, _roots(schema, row.successor, wanted), structs, (kinds, made))
    if api_version == pod_presets.API_VERSION:
        kinds |= pod_presets.NAMES
        made |= {f"{pod_presets.PACKAGE}.{name}": json.dumps(raw) for name, raw in pod_presets.DEFINITIONS.items()}
    if api_version in table.OWN_SCALES:
        _derive(schema, api_version, _roots(schema, "autoscaling/v1", ["Scale"]), SCALE, (kinds, made))
    return kinds, made


def _roots(schema: Schema, api_version: str, kinds: list[str]) -> Names:
    found = {kind: schema.name_of(*split_group_version(api_version), kind) for kind in kinds}
    return {kind: name for kind, name in found.items() if name is not None}


def _derive(
    schema: Schema, api_version: str, roots: Names, structs: Mapping[str, Struct], result: tuple[Names, Names],
) -> None:
    """Add `roots`, and what they refer to within their own package, as a package of `api_version`."""
    source = next(iter(roots.values())).rpartition(".")[0]
    group, version = split_group_version(api_version)
    target = _package(source, group, version)
    own = _within(schema, source, roots.values())

    def renamed(match: re.Match[str]) -> str:
        name = match[1]
        return f"@{target}.{name.rpartition('.')[2]}" if name in own else match[0]

    kinds, made = result
    by_name = {name: kind for kind, name in roots.items()}
    for name, text in own.items():
        short = name.rpartition(".")[2]
        raw: Raw = {**json.loads(_REFERENCE.sub(renamed, text)), "b": name}
        raw.pop("g", None)
        if name in by_name:
            raw["g"] = [[group, version, by_name[name]]]
        made[f"{target}.{short}"] = json.dumps(_changed(raw, structs.get(short), target))
    for short in structs.keys() - {name.rpartition(".")[2] for name in own}:
        made[f"{target}.{short}"] = json.dumps(_changed({"f": {}}, structs[short], target))
    kinds |= {f"{api_version}/{kind}": f"{target}.{kind}" for kind in roots}


def _package(source: str, group: str, version: str) -> str:
    """Return the package of a version: next to that of its successor, or by its group's name."""
    parent = source.rpartition(".")[0]
    if parent.startswith("io.k8s.api."):
        return f"io.k8s.api.{group.partition('.')[0]}.{version}"
    return f"{parent}.{version}"


def _within(schema: Schema, package: str, roots: Iterable[str]) -> dict[str, str]:
    """Return the definitions of a package that are reached from `roots`."""
    found: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name.rpartition(".")[0] != package or is_scalar(name):
            continue
        found[name] = schema.raw(name)
        waiting += _REFERENCE.findall(found[name])
    return found


def _changed(raw: Raw, struct: Struct | None, package: str) -> Raw:
    if struct is None:
        return raw
    fields = {name: code for name, code in raw["f"].items() if name not in struct.drop}
    fields |= {name: _placed(code, package) for name, (code, _) in struct.add.items()}
    docs = {name: text for name, (_, text) in struct.add.items()}
    missing = {*struct.drop, *struct.optional}
    return {**raw, "f": fields, "r": [name for name in raw.get("r", ()) if name not in missing], "d": docs}


def _placed(code: Any, package: str) -> Any:
    """Return a code in which references to structs next to it have their full names."""
    text = json.dumps(code)
    return json.loads(_REFERENCE.sub(
        lambda match: match[0] if "." in match[1] else f"@{package}.{match[1]}", text,
    ))
