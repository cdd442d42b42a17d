"""Walks over values with their shapes: which fields a value has, and in which two values differ."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.api.apply import field_sets
from kubewheel.api.apply.field_sets import MEMBER, SELF, FieldSet
from kubewheel.api.apply.shapes import Form, Shape

Node = FieldSet | None
Pair = tuple[Node, Node]
LISTS = (Form.SET, Form.KEYED)


class Unusable(ValueError):
    """A list that is a set or a map has an item twice, or one without its keys; `path` leads to the list."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{field_sets.path_text(self.path)}: {self.args[0]}"


def form_of(shape: Shape, value: Any) -> Form:
    """Return the form that a value has: one whose type is not the shape's has no parts."""
    form = shape.form
    if form is Form.LEAF:
        return form
    if form in LISTS:
        return form if isinstance(value, list) else Form.LEAF
    if not isinstance(value, dict):
        return Form.LEAF
    return Form.MAP if form is Form.DEDUCED else form


def fields_of(shape: Shape, value: Any) -> Node:
    """Return the fields that a value sets, as they belong to who applies it; raise Unusable."""
    form = form_of(shape, value)
    if form is Form.LEAF:
        return MEMBER
    if form in LISTS:
        return _items_of(shape, value)
    children: dict[str, Any] = {}
    for name, item in value.items():
        found = part_of(shape, name)
        if found is None:
            continue
        element, part = found
        try:
            node = fields_of(part, item)
        except Unusable as error:
            error.path = (element, *error.path)
            raise
        if form is Form.MAP:
            node = {SELF: MEMBER, **node} if node else MEMBER
        elif node is None and item == {}:
            node = MEMBER
        if node is not None:
            children[element] = node
    return children or None


def part_of(shape: Shape, name: str) -> tuple[str, Shape] | None:
    """Return how field sets call a field or entry, and its shape; None if nobody manages it."""
    if shape.is_struct and name in shape.parts:
        return shape.parts[name]
    return "f:" + name, shape.part(name)


def _items_of(shape: Shape, value: Sequence[Any]) -> Node:
    children: dict[str, Any] = {}
    for position, item in enumerate(value):
        try:
            element = shape.item(item)
        except ValueError as error:
            raise Unusable(f"element {position}: {error}") from error
        if element in children:
            raise Unusable(f"duplicate entries for key {field_sets.path_text((element,))}")
        try:
            node = fields_of(shape.element, item)
        except Unusable as error:
            error.path = (element, *error.path)
            raise
        children[element] = {SELF: MEMBER, **node} if node else MEMBER
    return children or None


def added(shape: Shape, value: Any) -> FieldSet:
    """Return the fields of a value that was not there before, itself included."""
    if shape.is_leaf or not value:
        return MEMBER
    if shape.is_struct:
        return _added_struct(shape, value) if type(value) is dict else MEMBER
    form = form_of(shape, value)
    if form is Form.LEAF:
        return MEMBER
    children: dict[str, Any] = {SELF: MEMBER}
    inner = shape.element
    if form is Form.MAP:
        for name, item in value.items():
            children["f:" + name] = MEMBER if inner.is_leaf else added(inner, item)
        return children
    for element, items in index(shape, value).items():
        children[element] = MEMBER if inner.is_leaf or len(items) > 1 else added(inner, items[0])
    return children


def _added_struct(shape: Shape, value: Mapping[str, Any]) -> FieldSet:
    children: dict[str, Any] = {} if shape.is_embedded else {SELF: MEMBER}
    parts = shape.parts
    for name, item in value.items():
        found = parts[name] if name in parts else part_of(shape, name)
        if found is not None:
            element, part = found
            children[element] = MEMBER if part.is_leaf or not item else added(part, item)
    return children


def index(shape: Shape, value: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the items of a list by element; stored lists may have items twice."""
    found: dict[str, list[Any]] = {}
    for item in value:
        try:
            element = shape.item(item)
        except ValueError:
            continue
        found.setdefault(element, []).append(item)
    return found


def differences(shape: Shape, old: Any, new: Any) -> Pair:
    """Return the fields that were added or changed from `old` to `new`, and those that were removed."""
    if shape.is_leaf:
        return (None, None) if old == new else (MEMBER, None)
    form = form_of(shape, new)
    if form is Form.LEAF or form_of(shape, old) is not form or not (old or new):
        return (None, None) if old == new else (MEMBER, None)
    if form not in LISTS:
        return _by_name(shape, old, new)
    if form is Form.KEYED and len(old) == len(new) and all(map(shape.is_namesake, old, new)):
        return _by_place(shape, old, new)
    return _by_item(shape, index(shape, old), index(shape, new))


def _by_name(shape: Shape, old: Mapping[str, Any], new: Mapping[str, Any]) -> Pair:
    changed: dict[str, Any] = {}
    removed: dict[str, Any] = {}
    for name, item in new.items():
        before = old.get(name)
        if before == item or (found := part_of(shape, name)) is None:
            continue
        if before is None:
            changed[found[0]] = added(found[1], item)
        else:
            _note(found[0], differences(found[1], before, item), changed, removed)
    for name in old.keys() - new.keys():
        found = part_of(shape, name)
        if found is not None:
            removed[found[0]] = added(found[1], old[name])
    return changed or None, removed or None


def _by_place(shape: Shape, old: Sequence[Any], new: Sequence[Any]) -> Pair:
    """Compare two lists whose items have the same keys in the same order, without naming those that are equal."""
    changed: dict[str, Any] = {}
    removed: dict[str, Any] = {}
    for before, item in zip(old, new, strict=True):
        if before != item:
            _note(shape.item(item), differences(shape.element, before, item), changed, removed)
    return changed or None, removed or None


def _by_item(shape: Shape, old: Mapping[str, list[Any]], new: Mapping[str, list[Any]]) -> Pair:
    changed: dict[str, Any] = {}
    removed: dict[str, Any] = {}
    inner = shape.element
    for element, items in new.items():
        before = old.get(element)
        if before is None:
            changed[element] = added(inner, items[0]) if len(items) == 1 else MEMBER
        elif before != items:
            if len(items) == 1 and len(before) == 1:
                _note(element, differences(inner, before[0], items[0]), changed, removed)
            else:
                changed[element] = MEMBER
    for element, items in old.items():
        if element not in new:
            removed[element] = added(inner, items[0])
    return changed or None, removed or None


def _note(element: str, pair: Pair, changed: dict[str, Any], removed: dict[str, Any]) -> None:
    more, less = pair
    if more is not None:
        changed[element] = more
    if less is not None:
        removed[element] = less
