"""OpenAPI 3: an index of all groups and versions, and one document for each of them."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from kubewheel.api.discovery_documents import Document
from kubewheel.api.openapi import custom as custom_schemas
from kubewheel.api.openapi import definitions, operations
from kubewheel.api.openapi.operations import PARAMETERS, PATCH_TYPES, Operation
from kubewheel.api.patches.bodies import STRATEGIC
from kubewheel.api.registry import Registry
from kubewheel.api.resources import Resource, group_version
from kubewheel.api.schema import Schema, load, read_data

INDEX = "/openapi/v3"
_ANSWERS = ("application/json", "application/yaml")
_VERBATIM = ("*/*",)

SchemaOf = Callable[[Resource], Mapping[str, Any] | None]


def no_schema(_: Resource) -> None:
    """Know no schema of custom resources."""


class OpenApi:
    """The OpenAPI 3 documents of a registry; `schema_of` gives the schema of a custom resource, as OpenAPI."""

    def __init__(self, registry: Registry, *, version: str = "v1.37.0", schema_of: SchemaOf = no_schema) -> None:
        self._registry = registry
        self._version = version
        self._schema_of = schema_of
        self._revision = -1
        self._documents: dict[str, Document] = {}
        self._hashes: dict[str, str] = {}

    def document(self, path: str) -> Document | None:
        """Return the document at `path` (below and including /openapi/v3), or None if there is none.

        Its etag, without quotes, is the `hash` that the index gives for it: such an answer may be cached for ever.
        """
        self._refresh()
        name = path.rstrip("/").removeprefix(INDEX).strip("/")
        found = self._documents.get(name)
        if found is not None:
            return found
        if not name:
            made = Document(orjson.dumps(self.index()), "")
            made = Document(made.body, f'"{hashlib.sha256(made.body).hexdigest().upper()}"')
        elif name in self._hashes:
            made = Document(orjson.dumps(self._group(name)), f'"{self._hashes[name]}"')
        else:
            return None
        self._documents[name] = made
        return made

    def index(self) -> dict[str, Any]:
        """Return the index: where the documents are, with hashes that change when their content does."""
        self._refresh()
        return {
            "paths": {
                name: {"serverRelativeURL": f"{INDEX}/{name}?hash={digest}"}
                for name, digest in sorted(self._hashes.items())
            }
        }

    def _refresh(self) -> None:
        if self._revision == self._registry.revision:
            return
        self._revision = self._registry.revision
        # What a document shows depends on its resources and on the generated data, so their hash is its hash, which
        # costs next to nothing; documents themselves are made when asked for, and kept if nothing has changed.
        data = hashlib.sha256(read_data("structure.zz") + read_data("docs.xz")).digest()
        hashes = {}
        for group in self._registry.groups():
            for version in self._registry.versions(group):
                shown = [
                    (repr(dataclasses.replace(resource, custom=None)), self._schema_of(resource))
                    for resource in self._registry.resources(group, version)
                ]
                digest = hashlib.sha256(data + self._version.encode() + orjson.dumps(shown))
                hashes[operations.root(group, version)[1:]] = digest.hexdigest().upper()
        self._documents = {
            name: document for name, document in self._documents.items()
            if name and hashes.get(name) == self._hashes.get(name)
        }
        self._hashes = hashes

    def _group(self, name: str) -> dict[str, Any]:
        group, version = (name.split("/")[1:] if name.startswith("apis/") else ("", name.split("/")[1]))
        return build(
            self._registry.resources(group, version), load(), title_version=self._version, schema_of=self._schema_of,
        )


def build(
    resources: list[Resource], schema: Schema, *, title_version: str, schema_of: SchemaOf = no_schema,
) -> dict[str, Any]:
    """Return the document for resources of one group and version."""
    custom = {custom_schemas.names(each)[0]: found for each in resources if (found := schema_of(each)) is not None}
    paths: dict[str, Any] = {}
    roots: set[str] = set()
    for resource in resources:
        if resource.retired is not None and resource.retired.refusal:
            continue
        for operation in operations.of(resource, schema):
            own = custom_schemas.names(resource) if custom_schemas.names(resource)[0] in custom else None
            item = paths.setdefault(operation.path, _item(operation))
            item[operation.method] = _operation(operation, own)
            roots |= {operation.body, operation.answer}
        for kind in (resource.kind, resource.list_kind):
            roots.add(schema.name_of(resource.group, resource.version, kind) or "")
    for resource in resources:
        own_name, list_name = custom_schemas.names(resource)
        if own_name in custom:
            custom[list_name] = custom_schemas.list_schema(resource, own_name, version=3)
            roots |= custom_schemas.ROOTS
    docs = definitions.load_docs()
    names = definitions.reached(schema, roots - {""})
    schemas: dict[str, Any] = {
        name: definitions.V3.definition(schema.definition(name), docs) for name in names
    }
    return {
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": title_version},
        "paths": dict(sorted(paths.items())), "components": {"schemas": schemas | custom},
    }


def _item(operation: Operation) -> dict[str, Any]:
    """Return a path item with the parameters that all of its operations share."""
    names = [name for name in ("name", "namespace") if f"{{{name}}}" in operation.path]
    shared = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "uniqueItems": True}}
        for name in names
    ]
    return {"parameters": [*shared, _parameter("pretty")]}


def _parameter(name: str) -> dict[str, Any]:
    kind, about = PARAMETERS[name]
    return {"name": name, "in": "query", "description": about, "schema": {"type": kind, "uniqueItems": True}}


def _operation(operation: Operation, custom: tuple[str, str] | None) -> dict[str, Any]:
    group, version, kind = operation.gvk
    body, answer = custom_schemas.bodies(operation, custom)
    result: dict[str, Any] = {
        "operationId": operation.name, "tags": [group_version(group, version).replace("/", "_")],
        "x-kubernetes-action": operation.action,
        "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind},
        "responses": {code: _answer(answer) for code in operation.codes} | {"401": {"description": "Unauthorized"}},
    }
    if operation.parameters:
        result["parameters"] = [_parameter(name) for name in operation.parameters]
    if body:
        media: tuple[str, ...] = PATCH_TYPES if operation.action == "patch" else _VERBATIM
        if custom:
            media = tuple(each for each in media if each != STRATEGIC)
        result["requestBody"] = {
            "content": {each: {"schema": definitions.V3.reference(body)} for each in media},
            "required": operation.action not in ("delete", "deletecollection"),
        }
    return result


def _answer(definition: str) -> dict[str, Any]:
    if not definition:
        return {"description": "OK", "content": {each: {"schema": {"type": "string"}} for each in _VERBATIM}}
    return {
        "description": "OK", "content": {each: {"schema": definitions.V3.reference(definition)} for each in _ANSWERS},
    }
