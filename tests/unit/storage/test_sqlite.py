"""SqliteStore beyond the contract: durability, restart, failure, locking, group commit."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kubewheel.storage import Compacted, Conflict, Unavailable
from kubewheel.storage.database import Database, Version
from kubewheel.storage.history import Window
from kubewheel.storage.sqlite import SqliteStore
from tests.unit.storage.conftest import at, thing

WRITER = """
import asyncio, sys
from kubewheel.storage import Key
from kubewheel.storage.sqlite import SqliteStore

async def write(store, worker):
    number = 0
    while True:
        name = f"{worker}-{number}"
        entry = await store.write(Key("things", "", name), {"metadata": {"name": name}}, expected=0)
        print(entry.revision, name, flush=True)
        number += 1

async def main():
    store = await SqliteStore.open(sys.argv[1])
    async with asyncio.TaskGroup() as group:
        for worker in range(8):
            group.create_task(write(store, worker))

asyncio.run(main())
"""


# The child finds the package where this process does.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


async def reopen(store: SqliteStore, path: Path, window: Window | None = None) -> SqliteStore:
    await store.close()
    return await SqliteStore.open(path, window)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.mark.slow
async def test_kill_loses_no_acknowledged_write(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(200)]
        writer.kill()
        lines += writer.stdout.readlines()
    acknowledged = [line.split() for line in lines if line.endswith("\n")]
    assert len(acknowledged) >= 200
    store = await SqliteStore.open(path)
    try:
        for revision, name in acknowledged:
            entry = store.get(at(name))
            assert entry is not None
            assert entry.revision == int(revision)
        assert store.revision >= max(int(revision) for revision, _ in acknowledged)
        await store.write(at("after"), thing("after"), expected=0)
    finally:
        await store.close()


async def test_restart_keeps_objects_revision_and_history(path: Path) -> None:
    store = await SqliteStore.open(path)
    first = await store.write(at("a", "ns"), thing("a", "ns", x=1), expected=0)
    second = await store.write(at("a", "ns"), thing("a", "ns", x=2), expected=first.revision)
    gone = await store.write(at("b"), thing("b"), expected=0)
    await store.write(at("b"), None, expected=gone.revision)
    store = await reopen(store, path)
    assert store.revision == 5
    entry = store.get(at("a", "ns"))
    assert entry is not None
    assert (entry.revision, entry.encoded, entry.object) == (3, second.encoded, second.object)
    assert store.get(at("b")) is None
    assert [e.object["x"] for e in store.list("things", revision=2).entries] == [1]
    batch = await anext(aiter(store.watch("things", revision=2)))
    assert [(event.type, event.revision) for event in batch] == [("MODIFIED", 3), ("ADDED", 4), ("DELETED", 5)]
    assert batch[0].previous is not None
    assert batch[0].previous["x"] == 1
    with pytest.raises(Conflict):
        await store.write(at("a", "ns"), thing("a", "ns"), expected=first.revision)
    assert (await store.write(at("c"), thing("c"), expected=0)).revision == 6
    await store.close()


async def test_revision_survives_when_everything_is_deleted(path: Path) -> None:
    store = await SqliteStore.open(path, Window(events=1))
    entry = await store.write(at("a"), thing("a"), expected=0)
    await store.write(at("a"), None, expected=entry.revision)
    store = await reopen(store, path, Window(events=1))
    assert store.revision == 3
    await store.close()


async def test_compacted_before_a_restart_is_compacted_after(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubewheel.storage.sqlite.DEAD_ROWS", 1)
    window = Window(events=3)
    store = await SqliteStore.open(path, window)
    entry = await store.write(at("a"), thing("a"), expected=0)
    other = await store.write(at("b"), thing("b"), expected=0)
    await store.write(at("b"), None, expected=other.revision)
    for x in range(6):
        entry = await store.write(at("a"), thing("a", x=x), expected=entry.revision)
    store = await reopen(store, path, Window(events=100))
    with pytest.raises(Compacted):
        store.watch("things", revision=5)
    assert len(await anext(aiter(store.watch("things", revision=store.revision - 3)))) == 3
    assert [entry.object["x"] for entry in store.list("things").entries] == [5]
    await store.close()
    database = Database(path)
    database.open()
    # Only what is live, what the window refers to, and what the last commit left for the next one.
    assert len(list(database.versions())) <= 6
    database.close()


async def test_file_is_for_its_owner_alone(path: Path) -> None:
    path.touch(0o644)
    store = await SqliteStore.open(path)
    await store.write(at("a"), thing("a"), expected=0)
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    await store.close()
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600}


OPENER = """
import asyncio, sys
from kubewheel.storage.sqlite import SqliteStore
asyncio.run(SqliteStore.open(sys.argv[1]))
"""


@pytest.mark.slow
async def test_second_process_is_refused(path: Path) -> None:
    store = await SqliteStore.open(path)
    command = [sys.executable, "-c", OPENER, str(path)]
    second = await asyncio.to_thread(
        subprocess.run, command, env=ENVIRONMENT, capture_output=True, text=True, timeout=20
    )
    assert second.returncode != 0
    assert f"the store {path} is in use by another process" in second.stderr
    await store.write(at("a"), thing("a"), expected=0)
    await store.close()


async def test_second_opener_in_this_process_is_refused(path: Path) -> None:
    store = await SqliteStore.open(path)
    with pytest.raises(Unavailable, match="in use"):
        await SqliteStore.open(path)
    await store.close()


@pytest.mark.parametrize(("content", "expected"), [
    pytest.param(b"no database at all, but long enough" * 40, "damaged or no SQLite file", id="garbage"),
])
async def test_foreign_file_is_refused(path: Path, content: bytes, expected: str) -> None:
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=expected):
        await SqliteStore.open(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(("statement", "expected"), [
    ("PRAGMA application_id=7", "no Kubewheel store"), ("PRAGMA user_version=99", "format 99"),
])
async def test_file_of_another_kind_is_refused(path: Path, statement: str, expected: str) -> None:
    store = await SqliteStore.open(path)
    store._database._open_connection.execute(statement)
    await store.close()
    with pytest.raises(Unavailable, match=expected):
        await SqliteStore.open(path)


async def test_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"cannot open the store .*missing"):
        await SqliteStore.open(tmp_path / "missing" / "state.db")


async def test_full_disk_fails_the_write_and_only_that(path: Path) -> None:
    store = await SqliteStore.open(path)
    kept = await store.write(at("a"), thing("a"), expected=0)
    connection = store._database._open_connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 1}")
    watch = store.watch("things", revision=2)
    results = await asyncio.gather(
        store.write(at("big"), thing("big", data="x" * 100_000), expected=0),
        store.write(at("a"), thing("a", x=1), expected=kept.revision),
        return_exceptions=True,
    )
    assert all(isinstance(result, Unavailable) and "full" in str(result) for result in results)
    assert store.get(at("a")) is kept
    assert (store.get(at("big")), store.revision) == (None, 2)
    connection.execute("PRAGMA max_page_count=1000000")
    assert (await store.write(at("big"), thing("big"), expected=0)).revision == 3
    assert [event.revision for event in await anext(aiter(watch))] == [3]
    await store.close()


class SlowDatabase(Database):
    """Holds transactions back until told, and counts them."""

    def __init__(self, path: Path, *, wipes: bool = False) -> None:
        super().__init__(path, wipes=wipes)
        self.batches: list[int] = []

    def commit(self, versions: Any, dead: Any, floor: int) -> None:
        self.batches.append(len(versions))
        super().commit(versions, dead, floor)


async def test_writes_of_one_moment_share_a_transaction(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubewheel.storage.sqlite.Database", SlowDatabase)
    store = await SqliteStore.open(path)
    watch = store.watch("things", revision=1)
    await asyncio.gather(*(store.write(at(f"{n}"), thing(f"{n}"), expected=0) for n in range(50)))
    assert isinstance(store._database, SlowDatabase)
    assert store._database.batches == [50]
    assert len(await anext(aiter(watch))) == 50
    await store.close()


async def test_nothing_is_visible_before_it_is_durable(path: Path) -> None:
    store = await SqliteStore.open(path)
    task = asyncio.get_running_loop().create_task(store.write(at("a"), thing("a"), expected=0))
    while not task.done():
        assert (store.get(at("a")), store.revision, store.list("things").entries) == (None, 1, [])
        await asyncio.sleep(0)
        if store.get(at("a")) is not None:
            break
    entry = await task
    await store.close()
    database = Database(path)
    database.open()
    assert list(database.versions()) == [Version(2, False, "things", "", "a", entry.encoded)]
    database.close()


async def test_close_finishes_writes_and_refuses_later_ones(path: Path) -> None:
    store = await SqliteStore.open(path)
    task = asyncio.get_running_loop().create_task(store.write(at("a"), thing("a"), expected=0))
    await asyncio.sleep(0)
    await store.close()
    assert (await task).revision == 2
    with pytest.raises(Unavailable, match="closed"):
        await store.write(at("b"), thing("b"), expected=0)
