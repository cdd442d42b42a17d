"""Stores under test: every engine, fresh."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from kubewheel.storage import Key
from kubewheel.storage.history import Window
from kubewheel.storage.memory import MemoryStore
from kubewheel.storage.sqlite import SqliteStore

AnyStore = MemoryStore | SqliteStore
OpenStore = Callable[..., Awaitable[AnyStore]]


def thing(name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "uid": f"uid-{name}"}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": "v1", "kind": "Thing", "metadata": metadata, **fields}


def at(name: str, namespace: str = "", resource: str = "things") -> Key:
    return Key(resource, namespace, name)


@pytest.fixture(params=["memory", "sqlite"])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Open a store of each engine with the given window; closed at the end of the test."""
    opened: list[AnyStore] = []

    async def open_one(window: Window | None = None) -> AnyStore:
        if request.param == "memory":
            store: AnyStore = MemoryStore(window)
        else:
            store = await SqliteStore.open(tmp_path / f"{len(opened)}.db", window)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> AnyStore:
    return await open_store()
