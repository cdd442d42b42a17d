"""Field sets, in the form in which managedFields shows them: `{"f:spec": {"f:replicas": {}}}`.

A node is a mapping from elements to nodes. Elements are `f:name`, `k:{"key":"value"}`, `v:value` and `i:index`. A node
without entries is a member of the set; one with entries is a member only if `.` is among them. Sets are never changed
in place and share their parts.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

FieldSet = Mapping[str, Any]
MEMBER: Final[FieldSet] = {}
SELF: Final = "."


def is_member(node: FieldSet) -> bool:
    """Tell whether the field of a node is itself in the set."""
    return not node or SELF in node


def _made(member: bool, children: dict[str, Any]) -> FieldSet | None:
    """Return a node, or None for one that says nothing."""
    if not children:
        return MEMBER if member else None
    if member:
        children[SELF] = MEMBER
    return children


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """Return what is in one node or the other; the first node itself if the other has nothing more."""
    if one is other:
        return one
    if not one:  # A plain member.
        return {**other, SELF: MEMBER} if other else one
    result: dict[str, Any] | None = None
    if not other and SELF not in one:
        result = {**one, SELF: MEMBER}
    for element, node in other.items():
        mine = one.get(element)
        joined = node if mine is None else union(mine, node)
        if joined is not mine:
            if result is None:
                result = dict(one)
            result[element] = joined
    return one if result is None else result


def intersection(one: FieldSet, other: FieldSet) -> FieldSet | None:
    """Return what is in both nodes, or None."""
    children = {}
    for element, node in one.items():
        theirs = other.get(element) if element != SELF else None
        if theirs is not None:
            common = intersection(node, theirs)
            if common is not None:
                children[element] = common
    return _made(is_member(one) and is_member(other), children)


def difference(one: FieldSet, other: FieldSet) -> FieldSet | None:
    """Return what is in the first node and not in the second, or None."""
    children = {}
    for element, node in one.items():
        if element == SELF:
            continue
        theirs = other.get(element)
        rest = node if theirs is None else difference(node, theirs)
        if rest is not None:
            children[element] = rest
    if len(children) == len(one) and all(children[element] is node for element, node in one.items()):
        return one if children or not is_member(other) else None
    return _made(is_member(one) and not is_member(other), children)


def leaves(node: FieldSet, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of members that have no members below them, in order."""
    for element in sorted(each for each in node if each != SELF):
        child = node[element]
        if child:
            yield from leaves(child, (*path, element))
        else:
            yield (*path, element)


def has(node: FieldSet, path: tuple[str, ...]) -> bool:
    """Tell whether the field at `path` is in the set."""
    for element in path:
        found = node.get(element)
        if found is None:
            return False
        node = found
    return is_member(node)


def path_text(path: tuple[str, ...]) -> str:
    """Return a path as messages show it: `.spec.containers[name="app"].image`."""
    return "".join(_element_text(element) for element in path)


def _element_text(element: str) -> str:
    kind, _, content = element.partition(":")
    if kind == "f":
        return f".{content}"
    if kind == "k":
        keys = orjson.loads(content)
        return "[" + ",".join(f"{key}={orjson.dumps(keys[key]).decode()}" for key in sorted(keys)) + "]"
    return f"[={content}]" if kind == "v" else f"[{content}]"


def parse(given: Any) -> FieldSet:
    """Return the set that a client wrote, in canonical form; raise ValueError."""
    if not isinstance(given, dict):
        raise ValueError("a field set is a map")
    result: dict[str, Any] = {}
    for element, node in given.items():
        result[_canonical(element)] = parse(node)
    return MEMBER if result.keys() == {SELF} else result


def _canonical(element: str) -> str:
    kind, colon, content = element.partition(":")
    if element == SELF or (kind == "f" and colon):
        return element
    if not colon or len(kind) != 1:
        raise ValueError(f"missing colon: {element}")
    if kind == "i":
        return f"i:{int(content)}"
    if kind == "v":
        return "v:" + orjson.dumps(orjson.loads(content)).decode()
    if kind == "k":
        keys = orjson.loads(content)
        if isinstance(keys, dict):
            return "k:" + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()
    raise ValueError("unknown path element type")
