"""Client: typed verbs of the API over any transport.

Kinds are named "Pod" or "Deployment.apps"; objects are JSON mappings that carry apiVersion and kind. An answer that
is an error raises `api.errors.StatusError`; a broken connection raises OSError.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import orjson

from kubewheel.api import errors
from kubewheel.api.registry import Registry, Resource, split_group_version
from kubewheel.client import answers, paths
from kubewheel.libs.wire import Object, Request, Response, Transport, WatchEvent

PATCH_TYPES: Mapping[str, str] = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
Query = Mapping[str, list[str]]

METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
METADATA_LIST_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


@dataclass(frozen=True, slots=True)
class ObjectList:
    """A listing as of `resource_version`; `continue_token` asks for the rest."""

    items: list[Object] = field(default_factory=list)
    resource_version: str = ""
    continue_token: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a kind, and how much of each."""

    namespace: str = ""
    labels: str = ""
    fields: str = ""
    metadata_only: bool = False


class Client:
    """The verbs. `remote` says that answers come over a network: watches then end by themselves now and then."""

    def __init__(self, transport: Transport, registry: Registry, user_agent: str = "", *, remote: bool = False) -> None:
        self.transport = transport
        self.registry = registry
        self.remote = remote
        self._headers = {"user-agent": user_agent} if user_agent else {}
        self._learned: dict[str, Resource] = {}

    def resource(self, kind: str) -> Resource:
        """Return the resource that serves `kind`; 404 if there is none."""
        found = self._learned.get(kind)
        if found is not None:
            return found
        try:
            return self.registry.by_kind(kind)
        except KeyError:
            raise errors.path_not_found() from None

    def learn(self, kind: str, resource: Resource) -> None:
        """Remember which resource serves `kind`, for kinds that discovery found and the registry lacks."""
        self._learned[kind] = resource

    async def get(self, kind: str, name: str, namespace: str = "") -> Object:
        """Return one object."""
        resource = self.resource(kind)
        return await self._call("GET", paths.single(resource, namespace, name))

    async def list(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", resource_version: str = "",
        limit: int = 0, continue_token: str = "", metadata_only: bool = False,
    ) -> ObjectList:
        """Return the objects of a kind; with `limit`, the first so many and a token for the rest."""
        resource = self.resource(kind)
        query = _query(
            labelSelector=labels, fieldSelector=fields, resourceVersion=resource_version,
            limit=str(limit) if limit else "", **{"continue": continue_token},
        )
        headers = {"accept": METADATA_LIST_ONLY} if metadata_only else {}
        found = await self._call("GET", paths.collection(resource, namespace), query, headers=headers)
        metadata = found.get("metadata") or {}
        items = _typed(found.get("items") or [], resource.api_version, resource.kind)
        return ObjectList(items, metadata.get("resourceVersion", ""), metadata.get("continue", ""))

    async def create(self, obj: Object, *, namespace: str = "", dry_run: bool = False) -> Object:
        """Create `obj` and return it as stored."""
        resource, version, metadata = self._of(obj)
        path = paths.collection(resource, namespace or metadata.get("namespace", ""), version)
        return await self._call("POST", path, _query(dryRun="All" if dry_run else ""), body=obj)

    async def create_subresource(
        self, kind: str, name: str, namespace: str, subresource: str, obj: Object
    ) -> Object:
        """Post `obj` to a subresource (binding, eviction, token) and return the answer."""
        return await self._call("POST", paths.single(self.resource(kind), namespace, name, subresource), body=obj)

    async def update(self, obj: Object, *, subresource: str = "") -> Object:
        """Replace an object; its resourceVersion, if set, must be the stored one."""
        resource, version, metadata = self._of(obj)
        path = paths.single(resource, metadata.get("namespace", ""), metadata["name"], subresource, version)
        return await self._call("PUT", path, body=obj)

    async def patch(
        self, kind: str, name: str, patch: Object | Sequence[Object], namespace: str = "", *, type: str = "merge",
        subresource: str = "",
    ) -> Object:
        """Patch an object with a "merge", "json" or "strategic" patch and return the outcome."""
        path = paths.single(self.resource(kind), namespace, name, subresource)
        return await self._call("PATCH", path, body=patch, headers={"content-type": PATCH_TYPES[type]})

    async def apply(self, obj: Object, *, manager: str, force: bool = False) -> Object:
        """Make an object what `obj` says of it, for the field manager `manager`; fields not named any more go."""
        resource, version, metadata = self._of(obj)
        path = paths.single(resource, metadata.get("namespace", ""), metadata["name"], "", version)
        query = _query(fieldManager=manager, force="true" if force else "")
        return await self._call("PATCH", path, query, body=obj, headers={"content-type": PATCH_TYPES["apply"]})

    async def delete(
        self, kind: str, name: str, namespace: str = "", *, uid: str = "", resource_version: str = "",
        grace_seconds: int | None = None, propagation: str = "",
    ) -> Object:
        """Delete an object and return what the server says: the object, or a Status."""
        options = _delete_options(uid, resource_version, grace_seconds, propagation)
        return await self._call("DELETE", paths.single(self.resource(kind), namespace, name), body=options)

    async def delete_collection(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", propagation: str = ""
    ) -> Object:
        """Delete all objects of a kind that match."""
        query = _query(labelSelector=labels, fieldSelector=fields)
        options = _delete_options("", "", None, propagation)
        return await self._call("DELETE", paths.collection(self.resource(kind), namespace), query, body=options)

    async def watch(
        self, kind: str, namespace: str = "", *, labels: str = "", fields: str = "", resource_version: str = "",
        timeout_seconds: int = 0, metadata_only: bool = False,
    ) -> AsyncGenerator[WatchEvent, None]:
        """Yield what happens after `resource_version`, bookmarks included, until the server ends the watch."""
        query = _query(
            watch="true", allowWatchBookmarks="true", labelSelector=labels, fieldSelector=fields,
            resourceVersion=resource_version, timeoutSeconds=str(timeout_seconds) if timeout_seconds else "",
        )
        headers = {"accept": METADATA_ONLY} if metadata_only else {}
        response = await self.send(
            Request("GET", paths.collection(self.resource(kind), namespace), query, self._headers | headers)
        )
        async with aclosing(answers.events(response)) as events:
            async for event in events:
                yield event

    async def send(self, request: Request) -> Response:
        """Send a raw request."""
        return await self.transport.send(request)

    async def get_path(
        self, path: str, *, accept: str = "application/json", query: Mapping[str, str] | None = None
    ) -> Object:
        """Return the object that `path` serves (discovery, version, metrics)."""
        return await self._call("GET", path, _query(**(query or {})), headers={"accept": accept})

    async def put_path(self, path: str, obj: Object) -> Object:
        """Replace what `path` serves, for resources that only discovery knows."""
        return await self._call("PUT", path, body=obj)

    def _of(self, obj: Object) -> tuple[Resource, str, Object]:
        resource = self.resource(paths.kind_of(obj["apiVersion"], obj["kind"]))
        return resource, split_group_version(obj["apiVersion"])[1], obj.get("metadata") or {}

    async def _call(
        self, method: str, path: str, query: Query | None = None, *,
        body: Object | Sequence[Object] | None = None, headers: Mapping[str, str] | None = None,
    ) -> Object:
        merged = {"accept": "application/json", **self._headers}
        data: bytes | None = None
        if body is not None:
            merged["content-type"] = "application/json"
            # Bytes in memory too: the server may change what it decodes, never an object of a cache.
            data = orjson.dumps(body)
        if headers:
            merged.update(headers)
        return await answers.decode(await self.send(Request(method, path, query or {}, merged, data)))


def _query(**parameters: str) -> dict[str, list[str]]:
    return {name: [value] for name, value in parameters.items() if value}


def _delete_options(uid: str, resource_version: str, grace_seconds: int | None, propagation: str) -> Object | None:
    options: dict[str, Any] = {}
    preconditions = {name: value for name, value in (("uid", uid), ("resourceVersion", resource_version)) if value}
    if preconditions:
        options["preconditions"] = preconditions
    if grace_seconds is not None:
        options["gracePeriodSeconds"] = grace_seconds
    if propagation:
        options["propagationPolicy"] = propagation
    if not options:
        return None
    return {"apiVersion": "v1", "kind": "DeleteOptions", **options}


def _typed(items: Sequence[Object], api_version: str, kind: str) -> list[Object]:
    return [
        item if "kind" in item else {"apiVersion": api_version, "kind": kind, **item}
        for item in items
    ]
