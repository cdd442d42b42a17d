"""Stores under test: every engine, fresh."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kubewheel.libs.clock import RealClock
from kubewheel.libs.etcd.client import Endpoints
from kubewheel.storage import Key
from kubewheel.storage.etcd import EtcdStore
from kubewheel.storage.history import Window
from kubewheel.storage.memory import MemoryStore
from kubewheel.storage.sqlite import SqliteStore
from tests import etcd

AnyStore = MemoryStore | SqliteStore | EtcdStore
OpenStore = Callable[..., Awaitable[AnyStore]]


def thing(name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "uid": f"uid-{name}"}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": "v1", "kind": "Thing", "metadata": metadata, **fields}


def at(name: str, namespace: str = "", resource: str = "things") -> Key:
    return Key(resource, namespace, name)


@pytest.fixture(scope="session")
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[etcd.Etcd]:
    """An etcd that the tests share; each has a prefix of its own."""
    if not etcd.is_installed():
        pytest.skip("etcd is not installed")
    with etcd.run(tmp_path_factory.mktemp("etcd")) as found:
        yield found


@pytest.fixture(params=["memory", "sqlite", "etcd"])
async def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Open a store of each engine with the given window; closed at the end of the test."""
    async with contextlib.AsyncExitStack() as opened:

        async def open_one(window: Window | None = None) -> AnyStore:
            store: AnyStore
            if request.param == "etcd":
                client = etcd.RebasedClient(Endpoints((request.getfixturevalue("member").url,)))
                return await opened.enter_async_context(
                    EtcdStore.opened(client, RealClock(), prefix=f"/{uuid.uuid4().hex}", window=window))
            if request.param == "memory":
                store = MemoryStore(window)
            else:
                store = await SqliteStore.open(tmp_path / f"{uuid.uuid4().hex}.db", window)
            opened.push_async_callback(store.close)
            return store

        yield open_one


@pytest.fixture
async def store(open_store: OpenStore) -> AnyStore:
    return await open_store()
