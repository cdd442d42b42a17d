"""The engine: which keys it wakes, how it treats the four ways a reconcile ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kubewheel.api import errors
from kubewheel.client import Informers
from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock
from kubewheel.reconcile import Change, Controller, Done, Engine, Key, Later, Maps, Outcome, Terminal, World


def config(name: str, owner: str = "", **data: str) -> dict[str, Any]:
    references = [{"apiVersion": "v1", "kind": "Pod", "name": owner, "uid": owner, "controller": True}] if owner else []
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "data": data,
        "metadata": {"name": name, "namespace": "ns", "ownerReferences": references},
    }


def pod(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "ns", "uid": name}}


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        started = [
            tasks.create_task(group, engine.informers.run(), name="informers"),
            tasks.create_task(group, engine.run(), name="engine"),
        ]
        await settle(engine)
        yield
        for task in started:
            task.cancel()


async def settle(engine: Engine) -> None:
    calm = 0
    while calm < 30:
        await asyncio.sleep(0)
        calm = calm + 1 if engine.idle else 0


class Seen:
    """A reconcile that does what its script says, then is done."""

    def __init__(self, *script: Callable[[], Outcome]) -> None:
        self.script = list(script)
        self.keys: list[str] = []

    async def __call__(self, key: Key, world: World) -> Outcome:
        self.keys.append(key.name)
        await asyncio.sleep(0)
        return self.script.pop(0)() if self.script else Done()


def fail(error: Exception) -> Callable[[], Outcome]:
    def failing() -> Outcome:
        raise error

    return failing


async def test_watched_owned_and_mapped_changes_wake_keys(engine: Engine, api: Any) -> None:
    seen = Seen()

    def same_name(_: World, change: Change) -> list[Key]:
        return [Key("ns", change.object["metadata"]["name"])]

    engine.add(Controller("c", "Pod", seen, owns=("ConfigMap",), maps=(Maps("Secret", same_name),)))
    api.put("pods", pod("a"))
    async with running(engine):
        assert seen.keys == ["a"]
        api.put("configmaps", config("x", owner="a"))
        await settle(engine)
        api.put("configmaps", config("y", owner="gone"))
        await settle(engine)
        api.put("configmaps", config("z"))
        api.put("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "ns"}})
        await settle(engine)
        assert seen.keys == ["a", "a", "gone", "s"]
        api.put("configmaps", config("x", owner="other"))
        await settle(engine)
        assert sorted(seen.keys[4:]) == ["a", "other"]


async def test_ignored_changes_wake_nobody(engine: Engine, api: Any) -> None:
    seen = Seen()
    engine.add(Controller("c", "Pod", seen, ignores=lambda change: change.type == "MODIFIED"))
    async with running(engine):
        api.put("pods", pod("a"))
        await settle(engine)
        api.put("pods", pod("a"))
        await settle(engine)
        assert seen.keys == ["a"]


async def test_later_comes_back_without_a_change(engine: Engine, api: Any, clock: SteppedClock) -> None:
    seen = Seen(lambda: Later(30))
    engine.add(Controller("c", "Pod", seen))
    api.put("pods", pod("a"))
    async with running(engine):
        assert engine.next_deadline == clock.monotonic() + 30
        clock.advance(30)
        await settle(engine)
        assert seen.keys == ["a", "a"]
        assert engine.next_deadline is None


async def test_failure_backs_off_and_is_logged_once(
    engine: Engine, api: Any, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Seen(*[fail(OSError("no route"))] * 3)
    engine.add(Controller("c", "Pod", seen))
    api.put("pods", pod("a"))
    with caplog.at_level(logging.WARNING):
        async with running(engine):
            assert engine.retrying == 1
            for delay in (0.005, 0.01, 0.02):
                assert engine.next_deadline == pytest.approx(clock.monotonic() + delay, abs=1e-6)
                clock.advance(delay)
                await settle(engine)
            assert seen.keys == ["a"] * 4
            assert engine.retrying == 0
    assert [record.message for record in caplog.records] == ["c: cannot reconcile ns/a: no route"]


async def test_conflicts_are_not_worth_a_warning(engine: Engine, api: Any, caplog: pytest.LogCaptureFixture) -> None:
    engine.add(Controller("c", "Pod", Seen(fail(errors.conflict("", "pods", "a")))))
    api.put("pods", pod("a"))
    with caplog.at_level(logging.INFO):
        async with running(engine):
            assert engine.retrying == 1
    assert not caplog.records


async def test_terminal_is_told_and_not_tried_again(engine: Engine, api: Any) -> None:
    seen = Seen(fail(Terminal("NoLuck", "there is none")))
    engine.add(Controller("c", "Pod", seen))
    api.put("pods", pod("a"))
    async with running(engine):
        assert seen.keys == ["a"]
        assert engine.next_deadline is None
        event = next(obj for key, obj in api.objects.items() if key[0] == "events")
        assert (event["type"], event["reason"], event["message"]) == ("Warning", "NoLuck", "there is none")


async def test_own_writes_are_seen_before_the_watch_tells(engine: Engine, api: Any) -> None:
    """A stale cache never makes a controller create twice."""

    async def reconcile(key: Key, world: World) -> Outcome:
        if not world.list("ConfigMap", "ns"):
            await world.create({**config("x"), "metadata": {"generateName": "x-", "namespace": "ns"}})
        return Done()

    engine.add(Controller("c", "Pod", reconcile, owns=("ConfigMap",)))
    async with running(engine):
        api.slow = True
        api._watches.clear()
        for name in ("a", "b"):
            engine._runners[0].queue.add(Key("ns", name))
            await settle(engine)
        assert len(api.names("configmaps")) == 1


async def test_deleted_object_is_gone_at_once(engine: Engine, informers: Informers, api: Any) -> None:
    world = engine.add(Controller("c", "Pod", Seen()))
    api.put("pods", pod("a"))
    async with running(engine):
        api.slow = True
        found = world.get("Pod", ("ns", "a"))
        assert found is not None
        assert await world.delete(found) is True
        assert world.get("Pod", ("ns", "a")) is None
        assert await world.delete(found) is False
        api.release()
        await settle(engine)
        assert world.list("Pod") == []


async def test_status_is_written_only_when_it_differs(engine: Engine, api: Any) -> None:
    world = engine.add(Controller("c", "Pod", Seen()))
    api.put("pods", {**pod("a"), "status": {"phase": "Pending"}})
    async with running(engine):
        found = world.get("Pod", ("ns", "a"))
        assert found is not None
        assert await world.update_status(found, {"phase": "Pending"}) is found
        assert api.requests == []
        changed = await world.update_status(found, {"phase": "Running"})
        assert api.requests == [("PUT", "/api/v1/namespaces/ns/pods/a/status")]
        assert world.get("Pod", ("ns", "a")) == changed
