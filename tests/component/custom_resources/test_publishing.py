"""What kubectl finds of custom kinds in OpenAPI: it validates and explains by it, for all versions that are served."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.component.custom_resources.conftest import definition
from tests.component.custom_resources.test_clients import Server, server  # noqa: F401

pytestmark = pytest.mark.slow
FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
SCHEMA: dict[str, Any] = {
    "type": "object", "description": "Foo CRD for Testing", "properties": {
        "spec": {"type": "object", "description": "Specification of Foo", "properties": {"bars": {
            "type": "array", "description": "List of Bars and their specs.", "items": {
                "type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string", "description": "Name of Bar."},
                    "age": {"type": "string", "description": "Age of Bar."},
                    "feeling": {"type": "string", "enum": ["Great", "Down"], "description": "How it feels."},
                    "bazs": {"type": "array", "items": {"type": "string"}, "description": "List of Bazs."},
                },
            },
        }}},
        "status": {"type": "object", "description": "Status of Foo", "properties": {"n": {"type": "integer"}}},
    },
}


def kind(plural: str, name: str, schema: Mapping[str, Any], group: str = "e2e.example.com", *versions: str) -> Any:
    """Return a definition whose versions (v1 if none is named) all have `schema`."""
    made = definition()
    made["metadata"]["name"] = f"{plural}.{group}"
    made["spec"] |= {"group": group, "names": {"plural": plural, "kind": name}, "versions": [
        {"name": version, "served": True, "storage": place == 0, "schema": {"openAPIV3Schema": dict(schema)}}
        for place, version in enumerate(versions or ("v1",))
    ]}
    return made


def foo(**content: Any) -> dict[str, Any]:
    return {"apiVersion": "e2e.example.com/v1", "kind": "Foo", "metadata": {"name": "foo"}, **content}


async def publish(server: Server, *definitions: Any) -> None:  # noqa: F811
    for each in definitions:
        await server.kubectl("create", "-f", "-", given=each)
    for each in definitions:
        spec = each["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        async with asyncio.timeout(5):
            while await server.ask(path) != 200:
                await asyncio.sleep(0.01)


async def published(server: Server, name: str) -> Any:  # noqa: F811
    """Return a definition as OpenAPI 2 has it, or None."""
    return json.loads(await server.read("/openapi/v2"))["definitions"].get(name)


@pytest.mark.conformance("Custom Resource OpenAPI Publish, with validation schema")
async def test_with_a_schema(server: Server) -> None:  # noqa: F811
    await publish(server, kind("foos", "Foo", SCHEMA))
    good = foo(spec={"bars": [{"name": "test-bar", "feeling": "Great", "bazs": ["a"]}]})
    for verb in ("create", "apply", "delete"):
        await server.kubectl(verb, "-f", "-", given=good)
    refused = await server.kubectl("create", "-f", "-", given=foo(spec={"bars": [{"name": "a", "x": 1}]}), fails=True)
    assert 'unknown field "spec.bars[0].x"' in refused
    refused = await server.kubectl("create", "-f", "-", given=foo(spec={"bars": [{"age": "10"}]}), fails=True)
    assert "spec.bars[0].name: Required value" in refused
    refused = await server.kubectl(
        "apply", "-f", "-", given=foo(spec={"bars": [{"name": "a", "feeling": "NonExistentValue"}]}), fails=True,
    )
    assert 'spec.bars[0].feeling: Unsupported value: "NonExistentValue": supported values: "Great", "Down"' in refused
    explained = await server.kubectl("explain", "foos")
    assert "Foo CRD for Testing" in explained
    assert "metadata\t<ObjectMeta>" in explained
    assert "Specification of Foo" in await server.kubectl("explain", "foos.spec")
    assert "List of Bars and their specs." in await server.kubectl("explain", "foos.spec.bars")
    assert "name\t<string> -required-" in await server.kubectl("explain", "foos.spec.bars")
    assert "enum: Great, Down" in await server.kubectl("explain", "foos.spec.bars")
    refused = await server.kubectl("explain", "foos.spec.bars2", fails=True)
    assert 'field "bars2" does not exist' in refused


@pytest.mark.conformance("Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields in object")
async def test_without_a_schema(server: Server) -> None:  # noqa: F811
    await publish(server, kind("foos", "Foo", FREE))
    for verb in ("create", "apply"):
        await server.kubectl(verb, "-f", "-", given=foo(a={"b": [1]}))
    assert (await server.kubectl("explain", "foos")).startswith("GROUP:      e2e.example.com\nKIND:       Foo\n")


@pytest.mark.conformance("Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields at root")
async def test_preserving_at_the_root(server: Server) -> None:  # noqa: F811
    await publish(server, kind("foos", "Foo", {**SCHEMA, **FREE}))
    for verb in ("create", "apply"):
        await server.kubectl(verb, "-f", "-", given=foo(spec={"bars": []}, another="x"))
    assert "Specification of Foo" in await server.kubectl("explain", "foos.spec")


@pytest.mark.conformance(
    "Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields in embedded object"
)
async def test_preserving_in_a_field(server: Server) -> None:  # noqa: F811
    embedded = {**FREE, "x-kubernetes-embedded-resource": True}
    spec = {"type": "object", "properties": {"free": {**FREE, "description": "Anything."}, "pod": embedded}}
    await publish(server, kind("foos", "Foo", {"type": "object", "properties": {"spec": spec}}))
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"x": 1}}
    for verb in ("create", "apply"):
        await server.kubectl(verb, "-f", "-", given=foo(spec={"free": {"a": {"b": 1}}, "pod": pod}))
    kept = json.loads(await server.kubectl("get", "foo", "foo", "-o", "json"))
    assert kept["spec"] == {"free": {"a": {"b": 1}}, "pod": pod}
    refused = await server.kubectl("apply", "-f", "-", given=foo(spec={"pod": {"kind": "Pod"}}), fails=True)
    assert "spec.pod.apiVersion: Required value" in refused
    assert "Anything." in await server.kubectl("explain", "foos.spec.free")


@pytest.mark.conformance("Custom Resource OpenAPI Publish, varying groups")
@pytest.mark.conformance("Custom Resource OpenAPI Publish, varying kinds")
@pytest.mark.conformance("Custom Resource OpenAPI Publish, varying versions")
async def test_several_definitions(server: Server) -> None:  # noqa: F811
    await publish(
        server, kind("foos", "Foo", SCHEMA), kind("bars", "Bar", SCHEMA, "other.example.com"),
        kind("bazs", "Baz", SCHEMA), kind("quxs", "Qux", SCHEMA, "e2e.example.com", "v2", "v3"),
    )
    for name in ("com.example.e2e.v1.Foo", "com.example.other.v1.Bar", "com.example.e2e.v1.Baz",
                 "com.example.e2e.v2.Qux", "com.example.e2e.v3.Qux"):
        found = await published(server, name)
        assert found["description"] == "Foo CRD for Testing", name
        assert found["properties"]["spec"]["properties"]["bars"]["items"]["required"] == ["name"]
    for plural in ("foos", "bars.other.example.com", "bazs"):
        assert "Specification of Foo" in await server.kubectl("explain", f"{plural}")
    for version in ("v2", "v3"):
        explained = await server.kubectl("explain", "quxs", f"--api-version=e2e.example.com/{version}")
        assert f"VERSION:    {version}\n" in explained


@pytest.mark.conformance("Custom Resource OpenAPI Publish, version rename")
@pytest.mark.conformance("Custom Resource OpenAPI Publish, stop serving version")
async def test_versions_that_change(server: Server) -> None:  # noqa: F811
    body = kind("foos", "Foo", SCHEMA, "e2e.example.com", "v2", "v3")
    await publish(server, body)
    kept = await published(server, "com.example.e2e.v2.Foo")

    async def patch(*operations: Any) -> None:
        await server.kubectl("patch", "crd", "foos.e2e.example.com", "--type=json", "-p", json.dumps(operations))

    await patch({"op": "replace", "path": "/spec/versions/1/name", "value": "v4"})
    assert await published(server, "com.example.e2e.v3.Foo") is None
    assert (await published(server, "com.example.e2e.v4.Foo"))["properties"] == kept["properties"]
    await patch({"op": "replace", "path": "/spec/versions/1/served", "value": False})
    assert await published(server, "com.example.e2e.v4.Foo") is None
    assert await published(server, "com.example.e2e.v2.Foo") == kept
    listed = json.loads(await server.read("/openapi/v3"))["paths"]
    assert [name for name in listed if "e2e.example.com/" in name] == ["apis/e2e.example.com/v2"]
