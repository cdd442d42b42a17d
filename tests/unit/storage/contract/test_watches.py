"""Watches: order, resuming, narrowing, lag."""

import asyncio
from collections.abc import Sequence

import orjson
import pytest

from kubewheel.storage import Compacted, Event, Watch
from kubewheel.storage.history import Window
from tests.unit.storage.conftest import AnyStore, OpenStore, at, thing


async def take(watch: Watch, count: int) -> list[Event]:
    events: list[Event] = []
    async with asyncio.timeout(2):
        async for batch in watch:
            events += batch
            if len(events) >= count:
                break
    return events


def shown(events: Sequence[Event]) -> list[str]:
    return [f"{event.type} {event.entry.key.name} {event.revision}" for event in events]


async def write_three(store: AnyStore, name: str = "a", namespace: str = "") -> None:
    entry = await store.write(at(name, namespace), thing(name, namespace), expected=0)
    entry = await store.write(at(name, namespace), thing(name, namespace, x=1), expected=entry.revision)
    await store.write(at(name, namespace), None, expected=entry.revision)


async def test_live_events_come_in_order(store: AnyStore) -> None:
    watch = store.watch("things", revision=store.revision)
    await write_three(store)
    assert shown(await take(watch, 3)) == ["ADDED a 2", "MODIFIED a 3", "DELETED a 4"]


async def test_resumes_from_any_kept_revision(store: AnyStore) -> None:
    await write_three(store)
    await store.write(at("b", resource="others"), thing("b"), expected=0)
    assert shown(await take(store.watch("things", revision=2), 2)) == ["MODIFIED a 3", "DELETED a 4"]


async def test_no_gap_between_replay_and_live(store: AnyStore) -> None:
    await store.write(at("a"), thing("a"), expected=0)
    watch = store.watch("things", revision=1)
    await store.write(at("b"), thing("b"), expected=0)
    assert shown(await take(watch, 2)) == ["ADDED a 2", "ADDED b 3"]


async def test_line_and_previous(store: AnyStore) -> None:
    watch = store.watch("things", revision=1)
    await write_three(store)
    added, modified, deleted = await take(watch, 3)
    assert added.previous is None
    assert modified.previous == added.entry.object
    assert deleted.previous == modified.entry.object
    assert deleted.line.endswith(b"}\n")
    decoded = orjson.loads(deleted.line)
    assert decoded == {"type": "DELETED", "object": deleted.entry.object}
    assert decoded["object"]["metadata"]["resourceVersion"] == "4"


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(("namespace", "name", "expected"), [
    ("", "", ["n/a", "n/b", "m/a"]), ("n", "", ["n/a", "n/b"]), ("n", "b", ["n/b"]), ("", "a", ["n/a", "m/a"]),
])
async def test_narrowed_watch(store: AnyStore, live: bool, namespace: str, name: str, expected: list[str]) -> None:
    watch = store.watch("things", namespace, name=name, revision=1) if live else None
    for where, what in (("n", "a"), ("n", "b"), ("m", "a")):
        await store.write(at(what, where), thing(what, where), expected=0)
    await store.write(at("a", "n", "others"), thing("a", "n"), expected=0)
    events = await take(watch or store.watch("things", namespace, name=name, revision=1), len(expected))
    assert [f"{event.entry.key.namespace}/{event.entry.key.name}" for event in events] == expected


async def test_cluster_object_reaches_a_named_watcher_once(store: AnyStore) -> None:
    watch = store.watch("things", name="a", revision=1)
    await write_three(store)
    assert len(await take(watch, 3)) == 3


@pytest.mark.parametrize("live", [True, False])
async def test_interest_drops_events(store: AnyStore, live: bool) -> None:
    def odd(event: Event) -> bool:
        return event.revision % 2 == 1

    watch = store.watch("things", revision=1, interest=odd) if live else None
    await write_three(store)
    await write_three(store, "b")
    assert shown(await take(watch or store.watch("things", revision=1, interest=odd), 3)) == [
        "MODIFIED a 3", "ADDED b 5", "DELETED b 7",
    ]


async def test_watch_of_a_revision_to_come_begins_there(store: AnyStore) -> None:
    watch = store.watch("things", revision=3)
    await write_three(store)
    assert shown(await take(watch, 1)) == ["DELETED a 4"]


async def test_waiting_watcher_wakes_for_every_commit(store: AnyStore) -> None:
    async def follow() -> list[str]:
        return shown(await take(store.watch("things", revision=1), 3))

    async with asyncio.TaskGroup() as group:
        followers = [group.create_task(follow()) for _ in range(3)]
        await asyncio.sleep(0)
        await write_three(store)
    assert all(task.result() == ["ADDED a 2", "MODIFIED a 3", "DELETED a 4"] for task in followers)


async def test_too_old_is_compacted_at_once(open_store: OpenStore) -> None:
    store = await open_store(Window(events=2))
    await write_three(store)
    assert shown(await take(store.watch("things", revision=2), 2)) == ["MODIFIED a 3", "DELETED a 4"]
    with pytest.raises(Compacted):
        store.watch("things", revision=1)


async def test_lagging_watcher_is_cut_off(open_store: OpenStore) -> None:
    store = await open_store(Window(events=4))
    slow = store.watch("things", revision=1)
    quick = store.watch("others", revision=1)
    for name in "abcdef":
        await store.write(at(name), thing(name), expected=0)
    await store.write(at("q", resource="others"), thing("q"), expected=0)
    with pytest.raises(Compacted):
        await take(slow, 1)
    assert shown(await take(quick, 1)) == ["ADDED q 8"]


async def test_closed_watch_ends(store: AnyStore) -> None:
    watch = store.watch("things", revision=1)
    await store.write(at("a"), thing("a"), expected=0)
    watch.close()
    watch.close()
    assert [batch async for batch in watch] == []


async def test_close_wakes_the_consumer(store: AnyStore) -> None:
    watch = store.watch("things", revision=1)
    async with asyncio.TaskGroup() as group:
        consumer = group.create_task(take(watch, 1))
        await asyncio.sleep(0)
        watch.close()
    assert consumer.result() == []


async def test_closed_store_ends_watches(store: AnyStore) -> None:
    watch = store.watch("things", revision=1)
    await store.close()
    assert [batch async for batch in watch] == []
