"""What discovery and OpenAPI say of each kind is what the server does, and each kind has an example."""

from functools import cache

import pytest

from kubewheel.api.registry import Registry
from kubewheel.api.resources import Resource
from tests.component.kinds.conftest import Api, of_kinds
from tests.component.kinds.examples import GROUP, Example, examples, key, path

REGISTRY = Registry.builtin()
VERSIONS = sorted({(resource.group, resource.version) for resource in REGISTRY})
ON_COLLECTION = {"get": "list", "post": "create", "delete": "deletecollection"}
ON_OBJECT = {"get": "get", "put": "update", "patch": "patch", "delete": "delete"}
ACTIONS = {"get": "get", "put": "update", "patch": "patch", "delete": "delete", "post": "create"}


def test_each_kind_that_is_stored_has_an_example() -> None:
    stored = {key(resource) for resource in REGISTRY if resource.is_stored}
    assert stored == set(examples())


def root(group: str, version: str) -> str:
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


@pytest.mark.parametrize(("group", "version"), VERSIONS, ids=[f"{group or 'core'}-{each}" for group, each in VERSIONS])
def test_discovery(api: Api, group: str, version: str) -> None:
    listed = {each["name"]: each for each in api.expect(200, "GET", root(group, version))["resources"]}
    resources = [each for each in REGISTRY if (each.group, each.version) == (group, version)]
    subresources = {f"{each.plural}/{sub.name}": sub for each in resources for sub in each.subresources}
    assert listed.keys() == {each.plural for each in resources} | subresources.keys()
    for resource in resources:
        shown = listed[resource.plural]
        assert (shown["kind"], shown["namespaced"], set(shown["verbs"])) == (
            resource.kind, resource.namespaced, set(resource.verbs),
        )
    for name, subresource in subresources.items():
        assert (listed[name]["kind"], set(listed[name]["verbs"])) == (subresource.kind, set(subresource.verbs))


def test_groups(api: Api) -> None:
    listed = api.expect(200, "GET", "/apis")["groups"]
    groups = {each["name"]: each for each in listed if not each["name"].endswith(GROUP)}
    wanted: dict[str, set[str]] = {}
    for group, version in VERSIONS:
        if group:
            wanted.setdefault(group, set()).add(version)
    shown = {name: {each["version"] for each in group["versions"]} for name, group in groups.items()}
    assert shown.keys() >= wanted.keys()
    for name, versions in wanted.items():
        assert shown[name] >= versions
        assert groups[name]["preferredVersion"] == groups[name]["versions"][0]
        assert groups[name]["preferredVersion"]["version"] in versions
    for name, group in groups.items():
        assert api.expect(200, "GET", f"/apis/{name}") == {"kind": "APIGroup", "apiVersion": "v1", **group}
    assert api.expect(200, "GET", "/api")["versions"] == ["v1"]


@cache
def paths(api: Api, group: str, version: str) -> dict:
    return api.expect(200, "GET", f"/openapi/v3{root(group, version)}")["paths"]


def methods(found: dict, target: str, meanings: dict[str, str]) -> set[str]:
    return {verb for method, verb in meanings.items() if method in found.get(target, {})}


@of_kinds()
def test_openapi(api: Api, example: Example) -> None:
    resource: Resource = example.resource
    found = paths(api, resource.group, resource.version)
    target = path(resource, "{namespace}")
    verbs = methods(found, target, ON_COLLECTION) | methods(found, f"{target}/{{name}}", ON_OBJECT)
    assert verbs == set(resource.verbs) - {"watch"}
    for subresource in resource.subresources:
        if subresource.name in ("proxy", "exec", "attach", "portforward"):  # They pass any method on.
            continue
        told = methods(found, f"{target}/{{name}}/{subresource.name}", ACTIONS)
        assert told == set(subresource.verbs), subresource.name


@of_kinds()
def test_the_schema_names_the_kind(api: Api, example: Example) -> None:
    resource = example.resource
    document = api.expect(200, "GET", f"/openapi/v3{root(resource.group, resource.version)}")
    wanted = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    named = [
        schema for schema in document["components"]["schemas"].values()
        if wanted in schema.get("x-kubernetes-group-version-kind", [])
    ]
    assert len(named) == 1
    assert {"apiVersion", "kind", "metadata"} <= named[0]["properties"].keys()
    assert example.body.keys() <= named[0]["properties"].keys()
