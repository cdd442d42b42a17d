"""Merging of OpenAPI 2 documents of several servers."""

from collections.abc import Mapping
from typing import Any

from kubewheel.libs.wire import Object

PREFIX = "#/definitions/"


def merge(own: Object, other: Object, path: str) -> dict[str, Any]:
    """Return `own` with what `other` has below `path`, and with the definitions that this needs.

    A definition of the same name and another content gets a name of its own.
    """
    paths = {each: item for each, item in _mapping(other.get("paths")).items() if f"{each}/".startswith(path)}
    definitions, given = dict(_mapping(own.get("definitions"))), _mapping(other.get("definitions"))
    wanted = _reached(paths, given)
    names = {name: _free_name(name, given[name], definitions) for name in wanted}
    for name in wanted:
        definitions[names[name]] = _renamed(given[name], names)
    added = {each: _renamed(item, names) for each, item in paths.items()}
    return {**own, "paths": dict(sorted({**_mapping(own.get("paths")), **added}.items())), "definitions": definitions}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _references(value: object) -> set[str]:
    found: set[str] = set()
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            reference = each.get("$ref")
            if isinstance(reference, str) and reference.startswith(PREFIX):
                found.add(reference.removeprefix(PREFIX))
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


def _reached(paths: object, definitions: Mapping[str, Any]) -> list[str]:
    """Return the names of the definitions that `paths` needs, directly or not."""
    found: dict[str, None] = {}
    waiting = sorted(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in found and name in definitions:
            found[name] = None
            waiting += sorted(_references(definitions[name]))
    return list(found)


def _free_name(name: str, content: object, taken: Mapping[str, Any]) -> str:
    if name not in taken or taken[name] == content:
        return name
    number = 2
    while f"{name}_v{number}" in taken and taken[f"{name}_v{number}"] != content:
        number += 1
    return f"{name}_v{number}"


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        changed = {key: _renamed(each, names) for key, each in value.items()}
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(PREFIX):
            name = reference.removeprefix(PREFIX)
            changed["$ref"] = PREFIX + names.get(name, name)
        return changed
    return [_renamed(each, names) for each in value] if isinstance(value, list) else value
