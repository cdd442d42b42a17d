"""Lists: order, pages, namespaces, the past."""

import random

import pytest

from kubewheel.storage import Compacted
from kubewheel.storage.history import Window
from tests.unit.storage.conftest import AnyStore, OpenStore, at, thing


async def fill(store: AnyStore) -> None:
    places = [(namespace, name) for namespace in ("b", "a", "a-b") for name in ("z", "x", "y")]
    random.Random(3).shuffle(places)
    for namespace, name in places:
        await store.write(at(name, namespace), thing(name, namespace), expected=0)


def names(entries: object) -> list[str]:
    return [f"{entry.key.namespace}/{entry.key.name}" for entry in entries]  # type: ignore[attr-defined]


ALL = ["a/x", "a/y", "a/z", "a-b/x", "a-b/y", "a-b/z", "b/x", "b/y", "b/z"]


async def test_lists_in_key_order(store: AnyStore) -> None:
    await fill(store)
    snapshot = store.list("things")
    assert names(snapshot.entries) == ALL
    assert (snapshot.revision, snapshot.more) == (10, 0)
    assert store.list("others").entries == []


async def test_lists_one_namespace(store: AnyStore) -> None:
    await fill(store)
    assert names(store.list("things", "a-b").entries) == ALL[3:6]
    assert store.list("things", "c").entries == []


@pytest.mark.parametrize("namespace", ["", "a"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 10])
@pytest.mark.parametrize("past", [False, True])
async def test_pages_join_to_the_whole(store: AnyStore, namespace: str, limit: int, past: bool) -> None:
    await fill(store)
    revision = store.revision if past else 0
    if past:
        await store.write(at("y", "a"), None, expected=store.get(at("y", "a")).revision)  # type: ignore[union-attr]
        await store.write(at("x1", "a"), thing("x1", "a"), expected=0)
        await store.write(at("q", "b"), thing("q", "b"), expected=0)
    wanted = ALL[:3] if namespace else ALL
    got: list[str] = []
    after = None
    while True:
        page = store.list("things", namespace, limit=limit, after=after, revision=revision)
        got += names(page.entries)
        assert page.more == len(wanted) - len(got)
        if not page.more:
            break
        assert len(page.entries) == limit
        after = page.entries[-1].key.namespace, page.entries[-1].key.name
    assert got == wanted


async def test_after_need_not_exist(store: AnyStore) -> None:
    await fill(store)
    assert names(store.list("things", after=("a", "y0")).entries) == ALL[2:]
    assert names(store.list("things", after=("aa", "")).entries) == ALL[6:]
    assert names(store.list("things", "b", after=("a", "z")).entries) == ALL[6:]
    assert store.list("things", "a", after=("b", "")).entries == []


async def test_past_shows_old_versions(store: AnyStore) -> None:
    first = await store.write(at("a"), thing("a", x=1), expected=0)
    second = await store.write(at("a"), thing("a", x=2), expected=first.revision)
    await store.write(at("a"), None, expected=second.revision)
    await store.write(at("a"), thing("a", x=4), expected=0)
    past = [store.list("things", revision=revision).entries for revision in range(1, 6)]
    seen = [[entry.object["x"] for entry in entries] for entries in past]
    assert seen == [[], [1], [2], [], [4]]
    assert store.list("things", revision=3).revision == 3


async def test_past_outside_the_window_is_compacted(open_store: OpenStore) -> None:
    store = await open_store(Window(events=3))
    for name in "abcde":
        await store.write(at(name), thing(name), expected=0)
    assert names(store.list("things", revision=3).entries) == ["/a", "/b"]
    with pytest.raises(Compacted) as caught:
        store.list("things", revision=2)
    assert caught.value.oldest == 3


async def test_window_is_bounded_by_bytes_too(open_store: OpenStore) -> None:
    store = await open_store(Window(size_bytes=10_000, least=2))
    entry = await store.write(at("a"), thing("a", data="x" * 4000), expected=0)
    for _ in range(5):
        entry = await store.write(at("a"), thing("a", data="x" * 4000), expected=entry.revision)
    store.list("things", revision=entry.revision - 2)
    with pytest.raises(Compacted):
        store.list("things", revision=entry.revision - 3)
