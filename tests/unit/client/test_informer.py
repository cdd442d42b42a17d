"""The informer against a scripted server: what it tells, and what it knows, whatever happens to the watch."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kubewheel.api import errors
from kubewheel.api.registry import Registry
from kubewheel.client import Client, Informer, Informers
from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Object, Request, Response, WatchEvent


def pod(name: str, revision: int, uid: str = "", namespace: str = "default", **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": namespace, "uid": uid or name, "resourceVersion": str(revision),
            "labels": labels,
        },
    }


class Server:
    """Answers lists from `listings` in turn and hands each watch a queue."""

    def __init__(self, *listings: tuple[int, list[Object]]) -> None:
        self.listings = list(listings)
        self.watches: list[asyncio.Queue[WatchEvent | None]] = []
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        if request.parameter("watch"):
            queue: asyncio.Queue[WatchEvent | None] = asyncio.Queue()
            self.watches.append(queue)
            return Response(events=self._events(queue))
        if not self.listings:
            return Response(503, object=errors.unavailable("gone").status())
        revision, items = self.listings.pop(0)
        return Response(object={"kind": "PodList", "metadata": {"resourceVersion": str(revision)}, "items": items})

    async def _events(self, queue: "asyncio.Queue[WatchEvent | None]") -> AsyncIterator[WatchEvent]:
        while (event := await queue.get()) is not None:
            yield event

    def tell(self, type: str, obj: Object) -> None:
        self.watches[-1].put_nowait(WatchEvent(type, obj))

    def hang_up(self) -> None:
        self.watches[-1].put_nowait(None)


async def turns(until: Callable[[], object]) -> None:
    """Let the event loop go on until something holds."""
    for _ in range(200):
        if until():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to hold")


class Told(list[tuple[str, str, int]]):
    def __call__(self, type: str, new: Object | None, old: Object | None) -> None:
        obj = new or old
        assert obj is not None
        self.append((type, obj["metadata"]["name"], int(obj["metadata"]["resourceVersion"])))


@asynccontextmanager
async def running(server: Server, clock: SteppedClock, **options: Any) -> AsyncIterator[tuple[Informer, Told]]:
    informer = Informer(Client(server, Registry.builtin()), "Pod", clock=clock, **options)
    told = Told()
    informer.add_handler(told)
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, informer.run(), name="informer")
        await turns(lambda: server.watches)
        yield informer, told
        task.cancel()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


async def test_list_then_watch_from_its_revision(clock: SteppedClock) -> None:
    server = Server((5, [pod("a", 3)]))
    async with running(server, clock) as (informer, told):
        assert informer.has_synced
        assert server.requests[-1].parameter("resourceVersion") == "5"
        server.tell("ADDED", pod("b", 6))
        server.tell("MODIFIED", pod("a", 7, color="red"))
        server.tell("DELETED", pod("b", 8))
        await turns(lambda: informer.revision == 8)
        assert told == [("ADDED", "a", 3), ("ADDED", "b", 6), ("MODIFIED", "a", 7), ("DELETED", "b", 8)]
        found = informer.get("default", "a")
        assert found is not None
        assert found["metadata"]["labels"] == {"color": "red"}
        assert informer.list() == [found]


async def test_dropped_watch_resumes_where_it_ended(clock: SteppedClock) -> None:
    server = Server((5, []))
    async with running(server, clock) as (informer, told):
        server.tell("ADDED", pod("a", 6))
        server.tell("BOOKMARK", {"metadata": {"resourceVersion": "9"}})
        server.hang_up()
        await turns(lambda: len(server.watches) == 2)
        assert server.requests[-1].parameter("resourceVersion") == "9"
        assert told == [("ADDED", "a", 6)]
        assert informer.revision == 9


async def test_expired_watch_lists_again_and_tells_what_was_missed(clock: SteppedClock) -> None:
    server = Server((5, [pod("gone", 2), pod("same", 3), pod("changed", 4)]),
                    (20, [pod("same", 3), pod("changed", 15), pod("new", 16), pod("gone2", 17, uid="x")]))
    async with running(server, clock) as (_, told):
        told.clear()
        server.tell("ERROR", errors.expired("too old resource version").status())
        await turns(lambda: len(server.watches) == 2)
        assert sorted(told) == [
            ("ADDED", "gone2", 17), ("ADDED", "new", 16), ("DELETED", "gone", 2), ("MODIFIED", "changed", 15),
        ]


async def test_namesake_is_told_as_another_object(clock: SteppedClock) -> None:
    server = Server((5, [pod("a", 3, uid="1")]), (9, [pod("a", 8, uid="2")]))
    async with running(server, clock) as (_, told):
        server.tell("ERROR", errors.expired("too old").status())
        await turns(lambda: len(server.watches) == 2)
        assert told == [("ADDED", "a", 3), ("DELETED", "a", 3), ("ADDED", "a", 8)]


async def test_backs_off_with_growing_delays(clock: SteppedClock) -> None:
    server = Server()
    informer = Informer(Client(server, Registry.builtin()), "Pod", clock=clock)
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, informer.run(), name="informer")
        delays = []
        for _ in range(9):
            await turns(lambda: clock.next_deadline())
            deadline = clock.next_deadline()
            assert deadline is not None
            delays.append(deadline - clock.now())
            clock.advance_to(deadline)
            await asyncio.sleep(0)
        assert 0.25 <= delays[0] <= 0.5
        assert delays[3] >= 2
        assert 30 <= delays[-1] <= 60
        server.listings.append((1, []))
        await turns(lambda: clock.next_deadline())
        clock.advance(60)
        await turns(lambda: informer.has_synced)
        task.cancel()


async def test_indexes_follow_changes(clock: SteppedClock) -> None:
    server = Server((5, [pod("a", 3, app="x"), pod("b", 4, app="x", namespace="other")]))
    index = {"app": lambda obj: [obj["metadata"]["labels"].get("app", "")]}
    async with running(server, clock, indexes=index) as (informer, _):
        assert {obj["metadata"]["name"] for obj in informer.by_index("app", "x")} == {"a", "b"}
        server.tell("MODIFIED", pod("a", 6, app="y"))
        server.tell("DELETED", pod("b", 7, app="x", namespace="other"))
        await turns(lambda: informer.revision == 7)
        assert informer.by_index("app", "x") == []
        assert [obj["metadata"]["name"] for obj in informer.by_index("app", "y")] == ["a"]
        assert list(informer.index_values("app")) == ["y"]
        assert informer.list("other") == []


async def test_late_handler_is_told_everything(clock: SteppedClock) -> None:
    server = Server((5, [pod("a", 3)]))
    async with running(server, clock) as (informer, _):
        told = Told()
        informer.add_handler(told)
        assert told == [("ADDED", "a", 3)]


async def test_noted_write_is_seen_at_once_and_told_once(clock: SteppedClock) -> None:
    server = Server((5, []))
    async with running(server, clock) as (informer, told):
        informer.note(pod("a", 6))
        assert informer.get("default", "a") is not None
        server.tell("ADDED", pod("a", 6))
        server.tell("MODIFIED", pod("a", 7))
        await turns(lambda: informer.revision == 7)
        assert told == [("ADDED", "a", 6), ("MODIFIED", "a", 7)]


async def test_note_never_brings_back_what_the_watch_buried(clock: SteppedClock) -> None:
    server = Server((5, []))
    async with running(server, clock) as (informer, told):
        server.tell("ADDED", pod("a", 6))
        server.tell("DELETED", pod("a", 7))
        await turns(lambda: informer.revision == 7)
        informer.note(pod("a", 6))
        assert informer.list() == []
        assert told == [("ADDED", "a", 6), ("DELETED", "a", 7)]


async def test_noted_deletion_outlives_late_events(clock: SteppedClock) -> None:
    server = Server((5, [pod("a", 3)]))
    async with running(server, clock) as (informer, told):
        informer.note_deleted("default", "a", "a")
        server.tell("MODIFIED", pod("a", 6))
        server.tell("DELETED", pod("a", 7))
        server.tell("ADDED", pod("a", 8, uid="other"))
        await turns(lambda: informer.revision == 8)
        assert told == [("ADDED", "a", 3), ("DELETED", "a", 3), ("ADDED", "a", 8)]


async def test_relist_keeps_a_noted_write_that_is_newer(clock: SteppedClock) -> None:
    server = Server((5, []), (6, []))
    async with running(server, clock) as (informer, told):
        informer.note(pod("a", 9))
        server.tell("ERROR", errors.expired("too old").status())
        await turns(lambda: len(server.watches) == 2)
        assert informer.get("default", "a") is not None
        assert told == [("ADDED", "a", 9)]


async def test_informers_are_shared_and_start_late(clock: SteppedClock) -> None:
    server = Server((5, [pod("a", 3)]), (5, []))
    informers = Informers(Client(server, Registry.builtin()), clock)
    first = informers.informer("Pod")
    assert informers.informer("Pod", indexes={"uid": lambda obj: [obj["metadata"]["uid"]]}) is first
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, informers.run(), name="informers")
        await first.wait_synced()
        other = informers.informer("Pod", namespace="kube-system")
        assert other is not first
        await other.wait_synced()
        assert server.requests[-2].path == "/api/v1/namespaces/kube-system/pods"
        assert first.by_index("uid", "a") == [first.get("default", "a")]
        assert informers.existing("Pod") is first
        informers.forget(other)
        task.cancel()
