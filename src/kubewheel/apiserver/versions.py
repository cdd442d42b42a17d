"""Versions of objects: what is stored is in one version; clients may ask for others."""

from typing import Any

import orjson

from kubewheel.api import convert
from kubewheel.api.objects import copy as copy
from kubewheel.api.registry import Resource
from kubewheel.libs.wire import Object
from kubewheel.storage import Entry


def is_stored_form(resource: Resource) -> bool:
    """Tell whether `resource` shows objects as they are stored.

    Custom objects have come into the form that is shown before they get here; see `Backend.ready`.
    """
    return resource.custom is not None or resource.api_version == resource.storage_api_version


def mutable(entry: Entry) -> dict[str, Any]:
    """Return a stored object, in its stored form, that the caller may change."""
    return orjson.loads(entry.encoded)  # type: ignore[no-any-return]


def to_storage(resource: Resource, content: dict[str, Any]) -> dict[str, Any]:
    """Return `content`, or what it is in its stored form."""
    return content if is_stored_form(resource) else convert.to_stored(content, resource)


def from_storage(resource: Resource, content: dict[str, Any]) -> dict[str, Any]:
    """Return a stored object, or what it is in the form that `resource` shows."""
    return content if is_stored_form(resource) else convert.from_stored(content, resource)


def shown(resource: Resource, entry: Entry) -> Object:
    """Return a stored object in the form that `resource` shows; read-only."""
    return entry.object if is_stored_form(resource) else convert.from_stored(entry.object, resource)


def encoded(resource: Resource, entry: Entry) -> bytes:
    """Return a stored object as JSON in the form that `resource` shows."""
    return entry.encoded if is_stored_form(resource) else orjson.dumps(shown(resource, entry))
