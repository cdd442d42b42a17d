"""The store in memory beyond the contract of all engines: made states, forgotten history."""

import pytest

from kubewheel.storage import Compacted, Key
from kubewheel.storage.memory import MemoryStore


def place(name: str) -> Key:
    return Key("configmaps", "default", name)


async def filled() -> MemoryStore:
    store = MemoryStore()
    for name in ("a", "b"):
        await store.write(place(name), {"metadata": {"name": name}}, expected=0)
    return store


async def test_begins_with_the_entries_of_another_store():
    first = await filled()
    store = MemoryStore(None, first.entries(), revision=first.revision)
    assert list(store.entries()) == list(first.entries())
    entry = await store.write(place("c"), {"metadata": {"name": "c"}}, expected=0)
    assert entry.revision == first.revision + 1
    assert first.get(place("c")) is None
    with pytest.raises(Compacted):
        store.list("configmaps", revision=first.revision - 1)


async def test_compacting_makes_every_revision_seen_so_far_too_old():
    store = await filled()
    seen = store.revision
    store.compact()
    with pytest.raises(Compacted):
        store.watch("configmaps", revision=seen)
    store.watch("configmaps", revision=store.revision).close()
    assert len(store.list("configmaps").entries) == 2


async def test_a_lost_watch_says_so():
    store = await filled()
    watch = store.watch("configmaps", revision=store.revision)
    watch.lose(store.revision)
    assert not watch.is_running
    with pytest.raises(Compacted):
        await anext(aiter(watch))
