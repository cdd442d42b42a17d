"""Followers know of a write before its request is answered, and of other servers' writes soon."""

import asyncio

from kubewheel.apiserver.follow import FollowedStore, Index
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object
from kubewheel.storage import Key
from kubewheel.storage.memory import MemoryStore


def values(content: Object) -> tuple[str, ...]:
    return (content["v"],) if content.get("v") else ()


def key(name: str) -> Key:
    return Key("things", "", name)


async def test_own_writes_at_once() -> None:
    store = MemoryStore()
    await store.write(key("old"), {"metadata": {}, "v": "x"}, expected=0)
    followed = FollowedStore(store)
    index = Index(store, values)
    followed.follow(("things",), index)
    assert index.keys("x") == {key("old")}
    entry = await followed.write(key("new"), {"metadata": {}, "v": "x"}, expected=0)
    assert index.keys("x") == {key("old"), key("new")}
    entry = await followed.write(key("new"), {"metadata": {}, "v": "y"}, expected=entry.revision)
    assert (index.keys("x"), index.keys("y")) == ({key("old")}, {key("new")})
    await followed.write(key("new"), None, expected=entry.revision)
    assert index.keys("y") == frozenset()


async def test_writes_of_others() -> None:
    store = MemoryStore()
    followed = FollowedStore(store)
    index = Index(store, values)
    followed.follow(("things",), index)
    async with asyncio.TaskGroup() as group:
        running = create_task(group, followed.run(), name="follow")
        await turns(3)
        await store.write(key("a"), {"metadata": {}, "v": "x"}, expected=0)
        await turns(5)
        assert index.keys("x") == {key("a")}
        running.cancel()


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_values_given_twice() -> None:
    store = MemoryStore()
    followed = FollowedStore(store)
    index = Index(store, lambda content: (content["v"], content["v"]))
    followed.follow(("things",), index)
    entry = await followed.write(key("a"), {"metadata": {}, "v": "x"}, expected=0)
    await followed.write(key("a"), None, expected=entry.revision)
    assert index.keys("x") == frozenset()
