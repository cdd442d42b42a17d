"""metadata.managedFields: kept on every write of an object."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from kubewheel.api import convert, errors
from kubewheel.api.apply import managers, shapes
from kubewheel.api.apply.field_sets import MEMBER
from kubewheel.api.apply.managers import Entry, View
from kubewheel.api.apply.shapes import Shape
from kubewheel.api.custom import kind as custom_kinds
from kubewheel.api.custom.kind import CustomKind
from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Operation
from kubewheel.apiserver.verbs import checks
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object


def author(operation: Operation, kind: str = managers.UPDATE) -> Entry:
    """Return an entry, without fields, of whoever asks for the operation."""
    return Entry(
        operation.manager, kind, operation.resource.api_version, MEMBER, operation.subresource,
        _second(int(operation.backend.clock.now())),
    )


_second = lru_cache(maxsize=8)(rfc3339)


def shape_of(resource: Resource) -> Shape:
    """Return the shape of a resource's objects."""
    custom = custom_kinds.of(resource) if resource.custom is not None else None
    return shapes.of_kind(*resource.gvk) if custom is None else _shape_of_custom(custom)


@lru_cache(maxsize=512)
def _shape_of_custom(kind: CustomKind) -> Shape:
    return shapes.of_custom(kind.schema)


def view(operation: Operation) -> View:
    """Return a view of the operation's object in any version that is served."""
    resource, registry = operation.resource, operation.backend.registry

    def look(content: Object, api_version: str) -> tuple[Shape, Object] | None:
        if api_version == resource.api_version:
            target = resource
        elif (other := registry.of(api_version, resource.kind)) is not None:
            target = other
        else:
            return None
        version = content.get("apiVersion") or api_version
        if version == api_version:
            return shape_of(target), content
        source = resource if version == resource.api_version else registry.of(version, resource.kind)
        if source is None:
            return shape_of(target), convert.from_stored(content, target)
        return shape_of(target), convert.convert(content, source, target)

    return look


def note_created(operation: Operation, content: dict[str, Any]) -> None:
    """Set the managers of a new object, which is in its stored form."""
    entries = operation.applied
    if entries is None:
        who, shown, shape = author(operation), content, shape_of(operation.resource)
        if content["apiVersion"] != who.api_version:
            shown = convert.from_stored(content, operation.resource)
        if operation.resource.subresource("status") is not None and "status" in shown:
            shown = {name: value for name, value in shown.items() if name != "status"}
        entries = managers.created(shape, shown, who)
    _write(operation, content, entries)


def note_updated(operation: Operation, new: dict[str, Any], old: Object, given: Any) -> None:
    """Set the managers of an object that is about to replace `old`; `given` are those that the client sent."""
    if operation.applied is not None:
        _write(operation, new, operation.applied)
        return
    stored = old["metadata"].get("managedFields")
    if operation.subresource or given is None or given == stored:
        entries = managers.read(stored)
    elif managers.is_reset(given):
        return
    else:
        stored, entries = _given(given, stored)
    if not entries:
        return  # Nobody has noted who manages this object; that begins when it is first applied.
    after = managers.updated(entries, old, new, author(operation), view(operation))
    if after is entries and stored is not None:
        new["metadata"]["managedFields"] = stored
    else:
        _write(operation, new, after)


def _given(given: Any, stored: Any) -> tuple[Any, list[Entry]]:
    """Return the managers that the client sent, or the stored ones if those make no sense."""
    try:
        return None, managers.parse(given)
    except ValueError:
        return stored, managers.read(stored)


def _write(operation: Operation, content: dict[str, Any], entries: Iterable[Entry]) -> None:
    written = managers.written(entries, operation.backend.field_sets.shared)
    if written:
        content["metadata"]["managedFields"] = written
    else:
        content["metadata"].pop("managedFields", None)


def is_unchanged(operation: Operation, new: dict[str, Any], old: Object) -> bool:
    """Tell whether a write changes nothing; times of managers alone are no change."""
    if operation.applied is None:
        return new == old
    mine, theirs = new["metadata"].get("managedFields"), old["metadata"].get("managedFields")
    if mine and theirs and managers.is_same_but_for_times(mine, theirs):
        new["metadata"]["managedFields"] = theirs
        if new == old:
            return True
        new["metadata"]["managedFields"] = mine
        return False
    return new == old


def check_size(operation: Operation, content: dict[str, Any]) -> None:
    """Refuse what is too large to store; managers go first, unless their applying is what was asked for."""
    try:
        checks.size(content)
    except errors.StatusError:
        if operation.applied is not None or content["metadata"].pop("managedFields", None) is None:
            raise
        checks.size(content)


def ignored_fields(resource: Resource, subresource: str, content: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields that a configuration cannot set there: the status of the object, all but that of its status."""
    if subresource == "status":
        return frozenset(content) - {"apiVersion", "kind", "metadata", "status"}
    return frozenset({"status"}) if resource.subresource("status") is not None else frozenset()
