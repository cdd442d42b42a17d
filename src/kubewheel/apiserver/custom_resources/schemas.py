"""Schemas of custom resources for OpenAPI documents."""

from typing import Any

from kubewheel.api.custom import kind
from kubewheel.api.openapi import custom
from kubewheel.api.registry import Resource


def schema_of(resource: Resource, *, version: int) -> dict[str, Any] | None:
    """Return the definition of a custom kind in the dialect of OpenAPI 2 or 3; None for other kinds."""
    found = kind.of(resource)
    return custom.schema(resource, found.schema, version=version) if found is not None else None
