"""The hub: who is asked, and what a watcher's queue may hold."""

import pytest

from kubewheel.storage import Compacted, Entry, Event, Key
from kubewheel.storage.watchers import Hub


def event(revision: int, name: str = "a") -> Event:
    return Event("ADDED", Entry(Key("r", "n", name), revision, None, b"{}"), None)


async def test_events_that_do_not_concern_a_watcher_are_not_shown_to_it() -> None:
    hub = Hub(limit=10)
    asked: list[str] = []

    def note(seen: Event) -> bool:
        asked.append(seen.entry.key.name)
        return True

    hub.add(Key("r", "n", "b"), note)
    hub.add(Key("r", "m", ""), note)
    hub.add(Key("s", "", ""), note)
    hub.publish([event(1, "a"), event(2, "b")], 0)
    assert asked == ["b"]


async def test_one_commit_is_one_batch() -> None:
    hub = Hub(limit=10)
    watcher = hub.add(Key("r", "", ""), None)
    hub.publish([event(1), event(2)], 0)
    assert [each.revision for each in await anext(watcher)] == [1, 2]


@pytest.mark.parametrize(("count", "floor"), [(12, 0), (2, 1)], ids=["too-many", "outside-the-window"])
async def test_slow_watcher_is_cut_off_and_forgotten(count: int, floor: int) -> None:
    hub = Hub(limit=10)
    watcher = hub.add(Key("r", "", ""), None)
    for revision in range(1, count + 1):
        hub.publish([event(revision)], floor)
    with pytest.raises(Compacted):
        await anext(watcher)
    with pytest.raises(StopAsyncIteration):
        await anext(watcher)
    assert not hub._watchers


async def test_uninteresting_events_do_not_fill_the_queue() -> None:
    hub = Hub(limit=2)
    watcher = hub.add(Key("r", "", ""), lambda seen: seen.revision == 9)
    for revision in range(1, 10):
        hub.publish([event(revision)], 0)
    assert [each.revision for each in await anext(watcher)] == [9]
