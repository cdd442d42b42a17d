"""OpenAPI 2: everything in one document, for older clients."""

import hashlib
from typing import Any

import orjson

from kubewheel.api.discovery_documents import Document
from kubewheel.api.openapi import custom as custom_schemas
from kubewheel.api.openapi import definitions, operations
from kubewheel.api.openapi.operations import PARAMETERS, PATCH_TYPES, Operation
from kubewheel.api.openapi.v3 import SchemaOf, no_schema
from kubewheel.api.patches.bodies import STRATEGIC
from kubewheel.api.registry import Registry
from kubewheel.api.resources import group_version
from kubewheel.api.schema import Schema, load


class OpenApi:
    """The OpenAPI 2 document of a registry, made when first asked for and again after the registry has changed."""

    def __init__(
        self, registry: Registry, *, version: str = "v1.37.0", schema_of: SchemaOf = no_schema,
    ) -> None:
        self._schema_of = schema_of
        self._registry = registry
        self._version = version
        self._revision = -1
        self._document = Document(b"", "")

    def document(self) -> Document:
        """Return the document."""
        if self._revision != self._registry.revision:
            self._revision = self._registry.revision
            made = build(self._registry, load(), title_version=self._version, schema_of=self._schema_of)
            body = orjson.dumps(made)
            self._document = Document(body, f'"{hashlib.sha256(body).hexdigest().upper()}"')
        return self._document


def build(
    registry: Registry, schema: Schema, *, title_version: str, schema_of: SchemaOf = no_schema,
) -> dict[str, Any]:
    """Return the document for all resources that have a schema."""
    paths: dict[str, Any] = {}
    roots: set[str] = set()
    custom: dict[str, Any] = {}
    for resource in registry:
        own = None
        if schema.name_of(*resource.gvk) is None:
            written = schema_of(resource)
            if written is None:
                continue
            own = custom_schemas.names(resource)
            custom[own[0]], custom[own[1]] = written, custom_schemas.list_schema(resource, own[0], version=2)
            roots |= custom_schemas.ROOTS
        for operation in operations.of(resource, schema):
            item = paths.setdefault(operation.path, _item(operation))
            item[operation.method] = _operation(operation, own)
            roots |= {operation.body, operation.answer}
    docs = definitions.load_docs()
    names = definitions.reached(schema, roots - {""})
    return {
        "swagger": "2.0", "info": {"title": "Kubernetes", "version": title_version},
        "paths": dict(sorted(paths.items())),
        "definitions": {
            **{name: definitions.V2.definition(schema.definition(name), docs) for name in names}, **custom,
        },
    }


def _item(operation: Operation) -> dict[str, Any]:
    names = [name for name in ("name", "namespace") if f"{{{name}}}" in operation.path]
    shared = [{"name": name, "in": "path", "required": True, "type": "string", "uniqueItems": True} for name in names]
    return {"parameters": [*shared, _parameter("pretty")]}


def _parameter(name: str) -> dict[str, Any]:
    kind, about = PARAMETERS[name]
    return {"name": name, "in": "query", "description": about, "type": kind, "uniqueItems": True}


def _operation(operation: Operation, own: tuple[str, str] | None) -> dict[str, Any]:
    group, version, kind = operation.gvk
    body, answered = custom_schemas.bodies(operation, own)
    parameters = [_parameter(name) for name in operation.parameters]
    if body:
        required = operation.action not in ("delete", "deletecollection")
        schema = definitions.V2.reference(body)
        parameters.append({"name": "body", "in": "body", "required": required, "schema": schema})
    answer = {"schema": definitions.V2.reference(answered)} if answered else {}
    patches = [each for each in PATCH_TYPES if own is None or each != STRATEGIC]
    return {
        "operationId": operation.name, "tags": [group_version(group, version).replace("/", "_")],
        "consumes": patches if operation.action == "patch" else ["*/*"],
        "produces": ["application/json", "application/yaml"], "schemes": ["https"], "parameters": parameters,
        "responses": {
            **{code: {"description": "OK", **answer} for code in operation.codes},
            "401": {"description": "Unauthorized"},
        },
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind},
    }
