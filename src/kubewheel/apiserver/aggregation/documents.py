"""Documents of discovery that show all servers as one.

A version whose server does not answer keeps what it last said, and is called Stale.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api.registry import version_rank
from kubewheel.api.resources import group_version
from kubewheel.apiserver.aggregation.services import Place
from kubewheel.libs.wire import Object

ACCEPT_AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)
AGGREGATED_LIST = "APIGroupDiscoveryList"
ITS_OWN = "apiregistration.k8s.io"  # Always the first group.
Places = Mapping[tuple[str, str], Place]


@dataclass(frozen=True, slots=True)
class Served:
    """What a remote version serves: its entry in aggregated discovery, and whether that is of now."""

    version: Mapping[str, Any]
    is_current: bool


def version_in(document: Object | None, group: str, version: str) -> Mapping[str, Any] | None:
    """Return the entry of one version in an aggregated document; None if it is none or has none."""
    if document is None or document.get("kind") != AGGREGATED_LIST:
        return None
    for each in _mappings(document.get("items")):
        if (each.get("metadata") or {}).get("name", "") == group:
            return next((one for one in _mappings(each.get("versions")) if one.get("version") == version), None)
    return None


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else ()


def converted(document: Object, group: str, version: str) -> Mapping[str, Any]:
    """Return the entry that says what an APIResourceList says."""
    resources: dict[str, dict[str, Any]] = {}
    below: list[Mapping[str, Any]] = []
    for each in _mappings(document.get("resources")):
        name = str(each.get("name", ""))
        if "/" in name:
            below.append(each)
            continue
        resources[name] = {
            "resource": name, "singularResource": each.get("singularName", ""), "verbs": list(each.get("verbs") or ()),
            "responseKind": _kind(each, group, version), "scope": "Namespaced" if each.get("namespaced") else "Cluster",
            **{field: each[field] for field in ("shortNames", "categories") if each.get(field)},
        }
    for each in below:
        parent, _, name = str(each["name"]).partition("/")
        entry = {"subresource": name, "verbs": list(each.get("verbs") or ()),
                 "responseKind": _kind(each, group, version)}
        if parent in resources:
            resources[parent].setdefault("subresources", []).append(entry)
    return {"version": version, "resources": list(resources.values())}


def _kind(entry: Mapping[str, Any], group: str, version: str) -> dict[str, str]:
    return {
        "group": entry.get("group") or group, "version": entry.get("version") or version, "kind": entry.get("kind", ""),
    }


def merge_groups(own: Sequence[Object], remotes: Iterable[tuple[str, str]], places: Places) -> list[dict[str, Any]]:
    """Return the groups of an APIGroupList: this server's own with those that other servers serve."""
    versions: dict[str, list[str]] = {
        each["name"]: [one["version"] for one in each["versions"]] for each in own
    }
    for group, version in remotes:
        known = versions.setdefault(group, [])
        if version not in known:
            known.append(version)
    order = _sorted_groups(versions, places)
    return [_group(group, _sorted_versions(group, versions[group], places)) for group in order]


def _group(name: str, versions: Sequence[str]) -> dict[str, Any]:
    listed = [{"groupVersion": group_version(name, each), "version": each} for each in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def merge_aggregated(own: Sequence[Object], served: Mapping[tuple[str, str], Served], places: Places) -> list[Object]:
    """Return the items of an APIGroupDiscoveryList: this server's own with those that other servers serve."""
    versions: dict[str, dict[str, Mapping[str, Any]]] = {
        each["metadata"]["name"]: {one["version"]: one for one in each["versions"]} for each in own
    }
    for (group, version), one in served.items():
        freshness = "Current" if one.is_current else "Stale"
        entry = {"version": version, "resources": one.version.get("resources") or [], "freshness": freshness}
        versions.setdefault(group, {})[version] = entry
    return [
        {
            "metadata": {"name": group, "creationTimestamp": None},
            "versions": [versions[group][each] for each in _sorted_versions(group, versions[group], places)],
        }
        for group in _sorted_groups(versions, places)
    ]


def _sorted_groups(versions: Mapping[str, Iterable[str]], places: Places) -> list[str]:
    def rank(group: str) -> tuple[bool, int, str]:
        known = [places[group, each].group_priority for each in versions[group] if (group, each) in places]
        return group != ITS_OWN, -max(known, default=0), group

    return sorted(versions, key=rank)


def _sorted_versions(group: str, versions: Iterable[str], places: Places) -> list[str]:
    def rank(version: str) -> tuple[Any, ...]:
        place = places.get((group, version))
        return (place.version_priority if place else 0, version_rank(version))

    return sorted(versions, key=rank, reverse=True)
