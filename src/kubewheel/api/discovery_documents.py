"""Discovery: documents that tell clients which groups, versions and resources there are.

`legacy` documents are one for each group and version; the `aggregated` ones hold everything in two requests, /api and
/apis, for clients that accept them. `Discovery` keeps them encoded until the registry changes.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api.registry import Registry
from kubewheel.api.resources import Resource, Subresource, group_version
from kubewheel.libs import kept_json

AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def api_versions(server_address: str) -> dict[str, Any]:
    """Return the document at /api."""
    return {
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server_address}],
    }


def group_list(registry: Registry) -> dict[str, Any]:
    """Return the document at /apis."""
    return {
        "kind": "APIGroupList", "apiVersion": "v1",
        "groups": [_group(registry, group) for group in registry.groups() if group],
    }


def group(registry: Registry, name: str) -> dict[str, Any] | None:
    """Return the document at /apis/<group>, or None if the group is not served."""
    if not name or not registry.versions(name):
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(registry, name)}


def _group(registry: Registry, name: str) -> dict[str, Any]:
    versions = [
        {"groupVersion": group_version(name, version), "version": version} for version in registry.versions(name)
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(registry: Registry, group: str, version: str) -> dict[str, Any] | None:
    """Return the document at /api/v1 or /apis/<group>/<version>, or None if that is not served."""
    found = _shown(registry, group, version)
    if not found:
        return None
    entries = []
    for resource in found:
        entries.append(_resource(resource))
        entries += [_subresource(resource, each) for each in resource.subresources]
    header = {"kind": "APIResourceList", "apiVersion": "v1"} if group else {"kind": "APIResourceList"}
    return {
        **header, "groupVersion": group_version(group, version),
        "resources": sorted(entries, key=lambda entry: str(entry["name"])),
    }


def _shown(registry: Registry, group: str, version: str) -> list[Resource]:
    """Return the resources that clients should know of; charts render a kind that is refused if they see it."""
    return [each for each in registry.resources(group, version) if each.retired is None or not each.retired.refusal]


def _resource(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
        "kind": resource.kind, "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.is_stored:
        entry["storageVersionHash"] = resource.storage_version_hash
    return entry


def _subresource(resource: Resource, subresource: Subresource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": f"{resource.plural}/{subresource.name}", "singularName": "", "namespaced": resource.namespaced,
        "kind": subresource.kind, "verbs": list(subresource.verbs),
    }
    if (subresource.group, subresource.version) != (resource.group, resource.version):
        entry |= {"group": subresource.group, "version": subresource.version}
    return entry


def aggregated(registry: Registry, groups: Sequence[str]) -> dict[str, Any]:
    """Return the aggregated document for `groups`: the group without a name at /api, all others at /apis."""
    return {
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
        "items": [_aggregated_group(registry, name) for name in groups],
    }


def _aggregated_group(registry: Registry, name: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "creationTimestamp": None} if name else {"creationTimestamp": None},
        "versions": [
            {
                "version": version, "freshness": "Current",
                "resources": [
                    _aggregated_resource(each)
                    for each in sorted(_shown(registry, name, version), key=lambda each: each.plural)
                ],
            }
            for version in registry.versions(name)
        ],
    }


def _aggregated_resource(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": resource.plural, "singularResource": resource.singular, "verbs": list(resource.verbs),
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [
            {
                "subresource": each.name, "verbs": list(each.verbs),
                "responseKind": {"group": each.group, "version": each.version, "kind": each.kind},
            }
            for each in resource.subresources
        ]
    return entry


@dataclass(frozen=True, slots=True)
class Document:
    """An encoded document, its media type, and the tag by which clients ask whether it is still the same."""

    body: bytes
    etag: str
    content_type: str = "application/json"


class Discovery:
    """All discovery documents of a registry, made when first asked for and again after the registry has changed."""

    def __init__(self, registry: Registry, server_address: str = "") -> None:
        self._registry = registry
        self._server_address = server_address
        self._revision = registry.revision
        self._documents: dict[str, Document | None] = {}

    def document(self, path: str, *, aggregates: bool = False) -> Document | None:
        """Return the document at `path`, or None if nothing is served there.

        `aggregates`: the client accepts aggregated documents; only /api and /apis have them.
        """
        if self._revision != self._registry.revision:
            self._revision = self._registry.revision
            self._documents = {}
        parts = tuple(path.strip("/").split("/"))
        key = f"{path.strip('/')} {aggregates and len(parts) == 1}"
        if key not in self._documents:
            made = self._make(parts, aggregates)
            if made is None:
                return None  # Not remembered: clients may ask for any path.
            self._documents[key] = made
        return self._documents[key]

    def _make(self, parts: tuple[str, ...], aggregates: bool) -> Document | None:
        registry = self._registry
        makers: dict[tuple[str, ...], Callable[[], dict[str, Any]]] = {
            ("api",): lambda: aggregated(registry, [""]) if aggregates else api_versions(self._server_address),
            ("apis",): lambda: (
                aggregated(registry, [name for name in registry.groups() if name]) if aggregates
                else group_list(registry)
            ),
        }
        if parts in makers:
            return encoded(makers[parts](), AGGREGATED_TYPE if aggregates else "application/json")
        found: dict[str, Any] | None = None
        if parts[0] == "api" and len(parts) == 2:
            found = resource_list(registry, "", parts[1])
        elif parts[0] == "apis" and len(parts) == 2:
            found = group(registry, parts[1])
        elif parts[0] == "apis" and len(parts) == 3:
            found = resource_list(registry, parts[1], parts[2])
        return encoded(found) if found else None


def encoded(value: dict[str, Any], content_type: str = "application/json") -> Document:
    """Return `value` as a document."""
    body = kept_json.dumps(value)
    return Document(body, f'"{hashlib.sha512(body).hexdigest().upper()}"', content_type)
