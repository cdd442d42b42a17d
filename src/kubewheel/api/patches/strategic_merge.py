"""Strategic merge patches: merge patches that know which lists are maps in disguise.

The schema says for each list whether it merges, and by which key its elements are told apart. Directives in a patch:
`$patch: replace|delete` for a map or an element of a list, `$retainKeys`, `$deleteFromPrimitiveList/field`,
`$setElementOrder/field`. Behaviour: upstream's `strategicpatch` and
https://git.k8s.io/community/contributors/devel/sig-api-machinery/strategic-merge-patch.md
"""

from collections.abc import Callable, Sequence
from typing import Any

from kubewheel.api import errors, objects
from kubewheel.api.patches import json_patch
from kubewheel.api.schema import Definition, Field, Schema, Type, load
from kubewheel.libs.wire import Object

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
DELETE_PREFIX = "$deleteFromPrimitiveList/"
ORDER_PREFIX = "$setElementOrder/"

_NO_FIELD = Field(Type.ANY)


def apply(original: Object, patch: Object, definition: Definition, schema: Schema | None = None) -> dict[str, Any]:
    """Return `original` of kind `definition` with `patch` merged into it; raise a 400 or 422 if that cannot be."""
    root = Field(Type.STRUCT, definition.name)
    return _Merge(schema or load()).map(objects.copy(original), objects.copy(patch), root)


class _Merge:
    """Merges patch values into values that belong to it (it changes both)."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def _field(self, owner: Field, name: str) -> Field:
        if owner.type is Type.STRUCT:
            return self._schema.definition(owner.ref).fields.get(name, _NO_FIELD)
        return owner.element or _NO_FIELD if owner.type is Type.MAP else _NO_FIELD

    def map(self, target: dict[str, Any], patch: dict[str, Any], field: Field) -> dict[str, Any]:
        """Return `target` with `patch` merged into it."""
        if DIRECTIVE in patch:
            return self._directed(patch, field)
        _retain(target, patch)
        orders = {
            key.removeprefix(ORDER_PREFIX): patch.pop(key) for key in list(patch) if key.startswith(ORDER_PREFIX)
        }
        for name in orders:
            patch.setdefault(name, None if name not in target else [])
        for key, value in patch.items():
            if key.startswith(DELETE_PREFIX):
                self._delete_primitives(target, key.removeprefix(DELETE_PREFIX), value)
            elif key in orders:
                self._ordered(target, key, value, orders[key], self._field(field, key))
            elif value is None:
                target.pop(key, None)
            else:
                target[key] = self._value(target.get(key), value, self._field(field, key))
        return target

    def _directed(self, patch: dict[str, Any], field: Field) -> dict[str, Any]:
        directive = patch.pop(DIRECTIVE)
        if directive == "delete":
            return {}
        if directive == "replace":
            return self.map({}, patch, field)
        raise errors.bad_request(f"unknown patch type: {directive} in map: {go_text(patch)}")

    def _value(self, old: Any, new: Any, field: Field) -> Any:
        if isinstance(new, dict):
            base = old if isinstance(old, dict) and "replace" not in field.patch_strategy.split(",") else {}
            return self.map(base, new, field)
        if isinstance(new, list):
            return self._list(old if isinstance(old, list) else [], new, field)
        return new

    def _list(self, old: list[Any], new: list[Any], field: Field) -> list[Any]:
        if not field.merges:
            return [self._plain(item, field.element or _NO_FIELD) for item in new]
        if not old and not new:
            return old
        if _element_type(old, new) is not dict:
            merged = list(dict.fromkeys([*old, *new]))
            return _in_order(merged, new, old, _itself)
        if not field.merge_key:
            raise errors.bad_request("cannot merge lists without merge key for type struct")
        old, new = _special_elements(old, new, field.merge_key)
        merged = self._elements(list(old), new, field)
        return _in_order(merged, new, old, _by_key(field.merge_key))

    def _plain(self, item: Any, field: Field) -> Any:
        """Return an element of a list that is replaced: without nulls and directives."""
        return self.map({}, item, field) if isinstance(item, dict) else item

    def _elements(self, target: list[Any], patch: list[Any], field: Field) -> list[Any]:
        key = field.merge_key
        places = {_scalar(item[key]): place for place, item in reversed(list(enumerate(target))) if key in item}
        for item in patch:
            if key not in item:
                raise _no_merge_key(item, key)
            identity = _scalar(item[key])
            element = field.element or _NO_FIELD
            if identity in places:
                place = places[identity]
                target[place] = self.map(target[place], item, element)
            else:
                places[identity] = len(target)
                target.append(self.map({}, item, element))
        return target

    def _ordered(self, target: dict[str, Any], key: str, new: Any, order: Any, field: Field) -> None:
        """Merge list `key` and bring it into the order that the patch asks for."""
        if not isinstance(order, list):
            raise errors.bad_request("invalid patch format of setElementOrder list")
        old = target.get(key)
        if new is None and old is None:
            return
        for value in (old, new):
            if value is not None and not isinstance(value, list):
                raise errors.bad_request(f"expected a []interface {{}}, but received a {go_type(value)}")
        identify = _by_key(field.merge_key) if field.merge_key else _itself
        _check_order(new or [], order, identify)
        before = list(old or [])
        merged = self._list(list(before), new, field) if new else before
        target[key] = _in_order(merged, order, before, identify)

    def _delete_primitives(self, target: dict[str, Any], key: str, unwanted: Any) -> None:
        if not isinstance(unwanted, list):
            raise errors.bad_request("invalid patch format of primitive list")
        if isinstance(target.get(key), list):
            target[key] = [item for item in target[key] if item not in unwanted]


def _retain(target: dict[str, Any], patch: dict[str, Any]) -> None:
    """Drop what the patch does not list among the keys to retain."""
    if RETAIN_KEYS not in patch:
        return
    retained = patch.pop(RETAIN_KEYS)
    own = [
        key for key, value in patch.items() if value is not None and not key.startswith((DELETE_PREFIX, ORDER_PREFIX))
    ]
    if not isinstance(retained, list) or any(key not in retained for key in own):
        raise errors.bad_request("invalid patch format of retainKeys")
    for key in [key for key in target if key not in retained]:
        del target[key]


def _special_elements(old: list[Any], new: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Obey the elements with a directive; return the old elements that remain, and the new ones without directive."""
    ordinary, replace = [], False
    for item in new:
        directive = item.get(DIRECTIVE)
        if DIRECTIVE not in item:
            ordinary.append(item)
        elif directive == "delete":
            if key not in item:
                raise _no_merge_key(item, key)
            old = [each for each in old if each.get(key) != item[key]]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise errors.bad_request("merging lists cannot yet be specified in the patch")
        else:
            raise errors.bad_request(f"unknown patch type: {directive} in map: {go_text(item)}")
    return ([], ordinary) if replace else (old, ordinary)


def _element_type(*lists: list[Any]) -> type:
    """Return the one type of all elements; lists of lists and mixed lists cannot be merged."""
    types = {type(item) for items in lists for item in items}
    if list in types:
        raise json_patch.rejected("lists of lists are not supported")
    if len(types) > 1:
        shown = go_text([*lists])
        raise errors.bad_request(f"list element types are not identical: {shown}")
    return types.pop()


def _itself(item: Any) -> Any:
    return _scalar(item)


def _scalar(value: Any) -> Any:
    """Return something hashable that stands for `value`; true and 1 stay apart."""
    return (type(value) is bool, value) if isinstance(value, str | int | float | None) else go_text(value)


def _by_key(key: str) -> Callable[[Any], Any]:
    def identify(item: Any) -> Any:
        if not isinstance(item, dict):
            raise errors.bad_request(f"expected a map[string]interface {{}}, but received a {go_type(item)}")
        if key not in item:
            raise _no_merge_key(item, key)
        return _scalar(item[key])

    return identify


def _check_order(new: Sequence[Any], order: Sequence[Any], identify: Callable[[Any], Any]) -> None:
    """Refuse a list whose elements are not in the order that stands beside it."""
    wanted = [identify(item) for item in order]
    place = 0
    for item in new:
        if isinstance(item, dict) and DIRECTIVE in item:
            continue
        while place < len(wanted) and wanted[place] != identify(item):
            place += 1
        if place == len(wanted):
            raise errors.bad_request(
                f"The order in patch list:\n{go_text(list(new))}\n doesn't match {ORDER_PREFIX[:-1]} list:\n"
                f"{go_text(list(order))}\n"
            )
        place += 1


def _in_order(
    merged: Sequence[Any], patch_order: Sequence[Any], server_order: Sequence[Any], identify: Callable[[Any], Any],
) -> list[Any]:
    """Return `merged` in the order of the patch; what only the server has keeps its place among them if it can."""
    wanted = _places(patch_order, identify)
    live = _places(server_order, identify)
    from_patch = sorted((item for item in merged if identify(item) in wanted), key=lambda item: wanted[identify(item)])
    others = [item for item in merged if identify(item) not in wanted]
    others.sort(key=lambda item: live.get(identify(item), len(live)))
    result: list[Any] = []
    left = 0
    for item in from_patch:
        place = live.get(identify(item))
        while place is not None and left < len(others) and live.get(identify(others[left]), place) < place:
            result.append(others[left])
            left += 1
        result.append(item)
    return result + others[left:]


def _places(items: Sequence[Any], identify: Callable[[Any], Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for place, item in enumerate(items):
        found.setdefault(identify(item), place)
    return found


def _no_merge_key(item: Any, key: str) -> errors.StatusError:
    return errors.bad_request(f"map: {go_text(item)} does not contain declared merge key: {key}")


def go_type(value: Any) -> str:
    """Return the type of a JSON value in Go's words."""
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return {bool: "bool", int: "int64", float: "float64", str: "string"}.get(type(value), "nil")


def go_text(value: Any) -> str:
    """Return a JSON value as Go prints it with %v."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_text(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)
