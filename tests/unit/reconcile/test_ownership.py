"""Adoption and release by selector."""

import asyncio
from typing import Any

import pytest

from kubewheel.api import selectors
from kubewheel.client import Informers
from kubewheel.libs import tasks
from kubewheel.reconcile import Controller, Done, Engine, Key, Outcome, World, ownership

SELECTOR = selectors.from_labels({"app": "web"})


def pod(name: str, owner: str = "", app: str = "web", **metadata: Any) -> dict[str, Any]:
    references = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": owner, "controller": True}]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "ns", "uid": name, "labels": {"app": app},
            "ownerReferences": references if owner else [], **metadata,
        },
    }


def replicaset(**metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": "rs", "namespace": "ns", "uid": "rs", **metadata},
    }


@pytest.fixture
async def world(engine: Engine, informers: Informers) -> World:
    async def nothing(key: Key, world: World) -> Outcome:
        return Done()

    return engine.add(Controller("c", "ReplicaSet.apps", nothing, owns=("Pod",)))


async def claim(world: World, owner: dict[str, Any]) -> list[str]:
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, world.informers.run(), name="informers")
        await world.informers.wait_synced()
        found = await ownership.claim(world, owner, "Pod", SELECTOR)
        task.cancel()
    return sorted(obj["metadata"]["name"] for obj in found)


async def test_adopts_matching_orphans(world: World, api: Any) -> None:
    owner = api.put("replicasets", replicaset())
    api.put("pods", pod("orphan"))
    api.put("pods", pod("other", app="db"))
    api.put("pods", pod("going", deletionTimestamp="2026-01-01T00:00:00Z"))
    api.put("pods", pod("foreign", owner="somebody"))
    assert await claim(world, owner) == ["orphan"]
    assert api.objects["pods", "ns", "orphan"]["metadata"]["ownerReferences"] == [{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": "rs", "controller": True,
        "blockOwnerDeletion": True,
    }]


async def test_releases_what_matches_no_more(world: World, api: Any) -> None:
    owner = api.put("replicasets", replicaset())
    api.put("pods", pod("mine", owner="rs"))
    api.put("pods", pod("lost", owner="rs", app="db"))
    assert await claim(world, owner) == ["mine"]
    assert api.objects["pods", "ns", "lost"]["metadata"]["ownerReferences"] == []


@pytest.mark.parametrize("live", [
    pytest.param(None, id="gone"),
    pytest.param(replicaset(uid="namesake"), id="namesake"),
    pytest.param(replicaset(deletionTimestamp="2026-01-01T00:00:00Z"), id="deleting"),
])
async def test_adopts_nothing_when_the_owner_is_not_what_it_was(
    world: World, api: Any, live: dict[str, Any] | None
) -> None:
    if live is not None:
        api.put("replicasets", live)
    api.put("pods", pod("orphan"))
    assert await claim(world, replicaset()) == []
    assert api.requests == []


async def test_deleting_owner_keeps_what_it_has(world: World, api: Any) -> None:
    owner = api.put("replicasets", replicaset(deletionTimestamp="2026-01-01T00:00:00Z"))
    api.put("pods", pod("mine", owner="rs", app="db"))
    api.put("pods", pod("orphan"))
    assert await claim(world, owner) == ["mine"]
    assert api.requests == []
