"""Merging an applied configuration into an object, and taking fields out of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubewheel.api.apply import walks
from kubewheel.api.apply.field_sets import SELF, FieldSet, is_member
from kubewheel.api.apply.shapes import Form, Shape


def merged(shape: Shape, live: Any, config: Any) -> Any:
    """Return `live` with `config` merged into it; both stay as they are, and share parts with the result."""
    form = walks.form_of(shape, config)
    if form is Form.LEAF or walks.form_of(shape, live) is not form:
        return config
    if form in walks.LISTS:
        return _merged_lists(shape, live, config) if live or config else config
    result = dict(live)
    for name, item in config.items():
        before = live.get(name)
        result[name] = item if before is None else merged(shape.part(name), before, item)
    return result


def _merged_lists(shape: Shape, live: Sequence[Any], config: Sequence[Any]) -> list[Any]:
    old, new = walks.index(shape, live), walks.index(shape, config)
    result: list[Any] = []
    for element in _ordered(list(old), list(new)):
        before, item = old.get(element), new.get(element)
        if item is None:
            result += before or ()
        elif before is None or len(before) > 1:
            result += item
        else:
            result.append(merged(shape.element, before[0], item[0]))
    return result


def _ordered(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Yield all elements: those of `new` in its order, and what only `old` has where it stood among them."""
    mine, theirs = set(new), set(old)
    shared = [element for element in new if element in theirs]
    position = met = 0
    for element in new:
        target = shared[met] if met < len(shared) else None
        while position < len(old) and old[position] != target:
            if old[position] not in mine:
                yield old[position]
            position += 1
        yield element
        met += element == target
    yield from (each for each in old[position:] if each not in mine)


def without(shape: Shape, value: Any, fields: FieldSet) -> Any:
    """Return `value` without the members of `fields`, or None if that leaves nothing of it."""
    form = walks.form_of(shape, value)
    if form is Form.LEAF or not value:
        return value
    if form in walks.LISTS:
        return _list_without(shape, value, fields) or None
    result = dict(value)
    for element, node in fields.items():
        name = element[2:]
        if element[:2] != "f:" or name not in result:
            continue
        left = None if is_member(node) else without(shape.part(name), result[name], node)
        if left is None:
            del result[name]
        else:
            result[name] = left
    return result or None


def _list_without(shape: Shape, value: Sequence[Any], fields: FieldSet) -> list[Any]:
    result = []
    for item in value:
        try:
            node = fields.get(shape.item(item))
        except ValueError:
            node = None
        left = item if node is None else None if is_member(node) else without(shape.element, item, node)
        if left is not None:
            result.append(left)
    return result


def abandoned(shape: Shape, last: FieldSet, owned: FieldSet) -> FieldSet | None:
    """Return those of the fields `last` that nobody owns any more; a struct belongs to whoever owns a field of it."""
    found: dict[str, Any] = {}
    for element, node in last.items():
        if element == SELF:
            continue
        theirs = owned.get(element)
        is_field = element.startswith("f:") and shape.form is Form.STRUCT and element[2:] in shape.fields
        was_member = is_field or is_member(node)
        if was_member and (theirs is None or not (is_field or is_member(theirs))):
            found[element] = {}
            continue
        part = shape.part(element[2:]) if element.startswith("f:") else shape.element
        inner = abandoned(part, node, theirs if theirs is not None else {})
        if inner:
            found[element] = inner
    return found or None


