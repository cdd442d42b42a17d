"""Discovery: what the server serves just then, custom resources and aggregated APIs included."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.api.retired import EXTENSIONS
from kubewheel.client.client import Client

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@dataclass(frozen=True, slots=True)
class Discovered:
    """The preferred version of every resource, and the group versions that did not answer."""

    resources: tuple[Resource, ...]
    missing: tuple[str, ...] = ()


async def discover(client: Client) -> Discovered:
    """Ask the server what it serves."""
    found: dict[tuple[str, str], Resource] = {}
    missing: list[str] = []
    for path in ("/api", "/apis"):
        answer = await client.get_path(path, accept=AGGREGATED)
        if answer.get("kind") == "APIGroupDiscoveryList":
            resources = list(_aggregated(answer, missing))
        else:
            resources = await _one_by_one(client, path, answer, missing)
        for resource in resources:
            if resource.group == EXTENSIONS:
                continue  # All of its objects are shown by other groups, too.
            # Versions come preferred first.
            found.setdefault((resource.group, resource.plural), resource)
    return Discovered(tuple(found.values()), tuple(missing))


def _aggregated(answer: Mapping[str, Any], missing: list[str]) -> Iterator[Resource]:
    for group in answer.get("items") or ():
        name = (group.get("metadata") or {}).get("name", "")
        for version in group.get("versions") or ():
            if version.get("freshness") == "Stale":
                missing.append(f"{name}/{version['version']}")
            for served in version.get("resources") or ():
                kind = served.get("responseKind") or {}
                yield Resource(
                    name, version["version"], served["resource"], served.get("singularResource", ""),
                    kind.get("kind", ""), served.get("scope") == "Namespaced", verbs=tuple(served.get("verbs") or ()),
                )


async def _one_by_one(
    client: Client, path: str, answer: Mapping[str, Any], missing: list[str]
) -> list[Resource]:
    result: list[Resource] = []
    for group_version in _group_versions(answer):
        try:
            found = await client.get_path(f"{path}/{group_version}")
        except (StatusError, OSError):
            missing.append(group_version)
            continue
        result += _listed(group_version, found)
    return result


def _group_versions(answer: Mapping[str, Any]) -> Iterable[str]:
    if "versions" in answer:
        return list(answer["versions"])
    return [version["groupVersion"] for group in answer.get("groups") or () for version in group["versions"]]


def _listed(group_version: str, answer: Mapping[str, Any]) -> Iterator[Resource]:
    group, _, version = group_version.rpartition("/")
    for served in answer.get("resources") or ():
        if "/" not in served["name"]:
            yield Resource(
                group, version, served["name"], served.get("singularName", ""), served["kind"],
                bool(served.get("namespaced")), verbs=tuple(served.get("verbs") or ()),
            )
