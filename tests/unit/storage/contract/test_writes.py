"""Writes: one counter, compare-and-swap, uid guard."""

import asyncio

import orjson
import pytest

from kubewheel.storage import Conflict
from tests.unit.storage.conftest import AnyStore, at, thing


async def test_empty_store_is_at_revision_one(store: AnyStore) -> None:
    assert store.revision == 1
    assert store.list("things").revision == 1


async def test_every_write_raises_the_one_counter_by_one(store: AnyStore) -> None:
    first = await store.write(at("a"), thing("a"), expected=0)
    second = await store.write(at("b", resource="others"), thing("b"), expected=0)
    third = await store.write(at("a"), thing("a", x=1), expected=first.revision)
    gone = await store.write(at("b", resource="others"), None, expected=second.revision)
    assert [first.revision, second.revision, third.revision, gone.revision] == [2, 3, 4, 5]
    assert store.revision == 5


async def test_resource_version_is_in_both_forms(store: AnyStore) -> None:
    entry = await store.write(at("a", "ns"), thing("a", "ns"), expected=0)
    assert entry.object["metadata"]["resourceVersion"] == "2"
    assert orjson.loads(entry.encoded) == entry.object
    assert store.get(at("a", "ns")) is entry


async def test_delete_returns_last_object_at_the_deletion(store: AnyStore) -> None:
    created = await store.write(at("a"), thing("a", x=1), expected=0)
    gone = await store.write(at("a"), None, expected=created.revision)
    assert gone.object["x"] == 1
    assert gone.object["metadata"]["resourceVersion"] == "3"
    assert created.object["metadata"]["resourceVersion"] == "2"
    assert store.get(at("a")) is None


@pytest.mark.parametrize("deletes", [True, False], ids=["delete", "replace"])
async def test_stale_write_conflicts_and_shows_what_is_there(store: AnyStore, deletes: bool) -> None:
    old = await store.write(at("a"), thing("a"), expected=0)
    new = await store.write(at("a"), thing("a"), expected=old.revision)
    with pytest.raises(Conflict) as caught:
        await store.write(at("a"), None if deletes else thing("a"), expected=old.revision)
    assert caught.value.current is new
    assert store.revision == new.revision


async def test_create_of_existing_conflicts(store: AnyStore) -> None:
    there = await store.write(at("a"), thing("a"), expected=0)
    with pytest.raises(Conflict) as caught:
        await store.write(at("a"), thing("a"), expected=0)
    assert caught.value.current is there


@pytest.mark.parametrize("expected", [0, 7])
async def test_delete_of_missing_conflicts_with_nothing(store: AnyStore, expected: int) -> None:
    with pytest.raises(Conflict) as caught:
        await store.write(at("a"), None, expected=expected)
    assert caught.value.current is None
    assert store.revision == 1


async def test_uid_guards_a_delete_against_a_namesake(store: AnyStore) -> None:
    there = await store.write(at("a"), thing("a"), expected=0)
    with pytest.raises(Conflict):
        await store.write(at("a"), None, expected=there.revision, uid="other")
    gone = await store.write(at("a"), None, expected=there.revision, uid="uid-a")
    assert gone.revision == 3


async def test_of_many_swaps_from_one_revision_one_wins(store: AnyStore) -> None:
    there = await store.write(at("a"), thing("a"), expected=0)
    results = await asyncio.gather(
        *(store.write(at("a"), thing("a", x=x), expected=there.revision) for x in range(20)), return_exceptions=True,
    )
    winners = [result for result in results if not isinstance(result, BaseException)]
    assert len(winners) == 1
    assert all(isinstance(result, Conflict) for result in results if result is not winners[0])
    assert store.get(at("a")) is winners[0]


async def test_loser_of_a_race_sees_the_winner(store: AnyStore) -> None:
    async def increment() -> None:
        while True:
            entry = store.get(at("n"))
            assert entry is not None
            try:
                await store.write(at("n"), thing("n", x=entry.object["x"] + 1), expected=entry.revision)
            except Conflict:
                continue
            return

    await store.write(at("n"), thing("n", x=0), expected=0)
    await asyncio.gather(*(increment() for _ in range(20)))
    entry = store.get(at("n"))
    assert entry is not None
    assert entry.object["x"] == 20
    assert store.revision == 22  # No gaps: 20 writes after the first.


async def test_unencodable_object_fails_alone(store: AnyStore) -> None:
    results = await asyncio.gather(
        store.write(at("a"), thing("a", x=object()), expected=0),
        store.write(at("b"), thing("b"), expected=0),
        return_exceptions=True,
    )
    assert isinstance(results[0], TypeError)
    assert store.get(at("a")) is None
    assert store.get(at("b")) is not None
    assert store.revision == 2
    await store.write(at("a"), thing("a"), expected=0)


async def test_cancelled_caller_does_not_undo_its_write(store: AnyStore) -> None:
    task = asyncio.get_running_loop().create_task(store.write(at("a"), thing("a"), expected=0))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.write(at("b"), thing("b"), expected=0)
    async with asyncio.timeout(2):
        while store.get(at("a")) is None:
            await asyncio.sleep(0.001)


async def test_decoded_object_is_shared_while_held_and_remade_after(store: AnyStore) -> None:
    entry = await store.write(at("a"), thing("a", x=[1]), expected=0)
    held = entry.object
    assert entry.object is held
    del held
    assert entry.object["x"] == [1]
