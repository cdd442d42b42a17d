"""Conversion of objects between the versions of their kind.

Every kind is stored in one form (`Resource.storage_api_version`). A kind's file tells in `conversions` how the objects
of another version become that form, and back; versions without an entry differ in nothing but `apiVersion`.
"""

from typing import Any

from kubewheel.api import objects
from kubewheel.api.resources import Resource
from kubewheel.libs.wire import Object


def is_same_form(source: Resource, target: Resource) -> bool:
    """Return whether objects of both resources look the same, so that nothing need be converted."""
    return source.api_version == target.api_version


def convert(obj: Object, source: Resource, target: Resource) -> dict[str, Any]:
    """Return `obj`, which has the form of `source`, in the form of `target`."""
    result = objects.copy(obj)
    if is_same_form(source, target):
        return result
    _to_stored(result, source)
    _from_stored(result, target)
    result["apiVersion"] = target.api_version
    result["kind"] = target.kind
    return result


def to_stored(obj: Object, source: Resource) -> dict[str, Any]:
    """Return `obj`, which has the form of `source`, in the form in which it is stored."""
    result = objects.copy(obj)
    _to_stored(result, source)
    result["apiVersion"] = source.storage_api_version
    return result


def from_stored(obj: Object, target: Resource) -> dict[str, Any]:
    """Return `obj` as it is stored in the form of `target`."""
    result = objects.copy(obj)
    _from_stored(result, target)
    result["apiVersion"] = target.api_version
    return result


def _to_stored(obj: dict[str, Any], source: Resource) -> None:
    steps = source.behaviour.conversions.get(source.version)
    if steps and source.api_version != source.storage_api_version:
        steps[0](obj)


def _from_stored(obj: dict[str, Any], target: Resource) -> None:
    steps = target.behaviour.conversions.get(target.version)
    if steps and target.api_version != target.storage_api_version:
        steps[1](obj)
