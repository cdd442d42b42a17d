"""A server that reconciles definitions, and definitions to give it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.component.apiserver.conftest import Cluster, cluster, content  # noqa: F401

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CRONTABS = "/apis/stable.example.com/v1/namespaces/default/crontabs"


def definition(schema: dict[str, Any] | None = None, /, **version: Any) -> dict[str, Any]:
    """Return a definition of crontabs.stable.example.com whose spec has `schema`."""
    spec = {"type": "object", "properties": {"cronSpec": {"type": "string"}, "replicas": {"type": "integer"}}}
    whole = {"type": "object", "properties": {"spec": schema or spec, "status": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": True,
    }}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com", "scope": "Namespaced",
            "names": {"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "shortNames": ["ct"]},
            "versions": [{
                "name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}, **version,
            }],
        },
    }


def crontab(name: str = "c", /, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": name}, "spec": spec,
    }


async def turns(count: int = 20) -> None:
    """Let the background work go on until it sleeps."""
    for _ in range(count):
        await asyncio.sleep(0)


async def define(server: Cluster, body: dict[str, Any]) -> Any:
    """Create a definition and return it as it is once it has been judged."""
    made = await server.create(DEFINITIONS, body)
    await turns()
    return await server.get(f"{DEFINITIONS}/{made['metadata']['name']}")


@pytest.fixture
async def api(cluster: Cluster) -> AsyncIterator[Cluster]:  # noqa: F811
    async with asyncio.TaskGroup() as group:
        running = group.create_task(cluster.server.run(), name="server")
        yield cluster
        running.cancel()
