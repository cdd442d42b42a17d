"""Tables and metadata-only forms: what a client gets that asks for rows, or for metadata, instead of objects."""

from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api import errors
from kubewheel.api.kinds import Column, Kind
from kubewheel.libs.wire import Object

API_VERSION = "meta.k8s.io/v1"
NONE, METADATA, OBJECT = "None", "Metadata", "Object"


def checked_include(value: str) -> str:
    """Return the value of the parameter `includeObject`, with its default; raise a 400 for others."""
    if value not in ("", NONE, METADATA, OBJECT):
        raise errors.bad_request(f'unrecognized includeObject value: "{value}"')
    return value or METADATA


def column(definition: Column) -> dict[str, Any]:
    """Return a TableColumnDefinition."""
    return {
        "name": definition.name, "type": definition.type, "format": definition.format,
        "description": definition.description, "priority": 1 if definition.wide else 0,
    }


def partial(obj: Object) -> dict[str, Any]:
    """Return the metadata of `obj` alone, as a PartialObjectMetadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": API_VERSION, "metadata": obj["metadata"]}


def partial_list(objects: Iterable[Object], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a PartialObjectMetadataList; `metadata` is that of the list."""
    return {
        "kind": "PartialObjectMetadataList", "apiVersion": API_VERSION, "metadata": dict(metadata),
        "items": [partial(obj) for obj in objects],
    }


def table(
    kind: Kind, objects: Iterable[Object], metadata: Mapping[str, Any], *, now: float, include: str = METADATA,
    headers: bool = True,
) -> dict[str, Any]:
    """Return a Table with one row for each object; `metadata` is that of the list.

    A watch sends one table for each event, the `headers` only in the first.
    """
    return {
        "kind": "Table", "apiVersion": API_VERSION, "metadata": dict(metadata),
        "columnDefinitions": [column(each) for each in kind.columns] if headers else None,
        "rows": [row(kind, obj, now=now, include=include) for obj in objects],
    }


def row(kind: Kind, obj: Object, *, now: float, include: str = METADATA) -> dict[str, Any]:
    """Return one row of a table."""
    found: dict[str, Any] = {"cells": _cells(kind, obj, now)}
    if include == METADATA:
        found["object"] = partial(obj)
    elif include == OBJECT:
        found["object"] = obj
    return found


def _cells(kind: Kind, obj: Object, now: float) -> list[Any]:
    if kind.row is not None:
        return list(kind.row(obj, now))
    metadata = obj["metadata"]
    return [metadata.get("name", ""), metadata.get("creationTimestamp", "")]
