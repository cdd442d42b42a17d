"""The store in a SQLite file: every acknowledged write survives a crash.

All writes that arrive while a transaction runs go into the next one, so that one fsync serves many. A transaction's
revisions are given out when it starts, in order, without gaps. At most one write to a key is under way; others wait
for it and are then checked against its outcome.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubewheel.storage.database import Database, Version
from kubewheel.storage.encryption import Encryption, Undecipherable
from kubewheel.storage.history import Window
from kubewheel.storage.protocol import Entry, Key, Unavailable
from kubewheel.storage.reads import ViewReads
from kubewheel.storage.view import View, Write

DEAD_ROWS = 500  # Deleted together: neighbours share pages, so that a commit seldom pays for compaction.
NOTHING = b"null"  # stands for a removed object that cannot be read any more
BATCH_WRITES = 1_000  # Bounds the time of one transaction.


@dataclass(slots=True, eq=False)
class Pending:
    """A write that was checked and waits for its transaction; `done` is set to its entry once durable."""

    key: Key
    object: dict[str, Any] | None
    current: Entry | None
    done: asyncio.Future[Entry]


class SqliteStore(ViewReads):
    """A `Store` in one file, held open by one process; see `open`."""

    def __init__(
        self, database: Database, view: View, executor: ThreadPoolExecutor, encryption: Encryption
    ) -> None:
        super().__init__(view)
        self._database = database
        self._encryption = encryption
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        self._queue: list[Pending] = []
        self._under_way: dict[Key, Pending] = {}
        self._dead: list[int] = []
        self._is_busy = False
        self._is_closed = self._is_shut_down = False
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    async def open(
        cls, path: Path | str, window: Window | None = None, encryption: Encryption | None = None
    ) -> "SqliteStore":
        """Open the file at `path`, making it where there is none; raise Unavailable when that cannot be."""
        encryption = encryption or Encryption()
        database = Database(Path(path), wipes=encryption.is_used)
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        try:
            view, dead = await asyncio.get_running_loop().run_in_executor(
                executor, _load, database, window or Window(), encryption)
        except Unavailable:
            executor.shutdown(wait=False)
            raise
        store = cls(database, view, executor, encryption)
        store._dead += dead + view.trim()
        return store

    async def close(self) -> None:
        """Finish the writes under way, end all watches and close the file; repeatable."""
        self._is_closed = True
        await self._idle.wait()
        self._view.close()
        if not self._is_shut_down:
            self._is_shut_down = True
            await self._loop.run_in_executor(self._executor, self._database.close)
            self._executor.shutdown(wait=False)

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Create, replace or delete; see `Store.write`."""
        while (other := self._under_way.get(key)) is not None:
            await asyncio.wait((other.done,))
        if self._is_closed:
            raise Unavailable("the store is closed")
        current = self._view.check(key, expected, uid, deletes=object is None)
        pending = Pending(key, object, current, self._loop.create_future())
        self._under_way[key] = pending
        self._queue.append(pending)
        if not self._is_busy:
            self._is_busy = True
            self._idle.clear()
            # Not at once: writes of the same turn of the loop share the transaction.
            self._loop.call_soon(self._start)
        # A caller who goes away does not take the write back.
        return await asyncio.shield(pending.done)

    def _start(self) -> None:
        """Begin the next transaction, or rest when nobody waits for one."""
        batch: list[tuple[Pending, Write]] = []
        taken, self._queue = self._queue[:BATCH_WRITES], self._queue[BATCH_WRITES:]
        for pending in taken:
            revision = self._view.revision + len(batch) + 1
            try:
                batch.append((pending, self._view.build(pending.key, pending.object, pending.current, revision)))
            except (TypeError, KeyError) as error:  # No JSON, or no object of the API: the caller's fault alone.
                self._fail(pending, error)
        if not batch:
            self._rest()
            return
        dead = self._dead if len(self._dead) >= DEAD_ROWS else []
        rows = [_row(write, self._encryption) for _, write in batch]
        work = self._loop.run_in_executor(self._executor, self._database.commit, rows, dead, self._view.floor)
        work.add_done_callback(lambda done: self._finish(batch, len(dead), done.exception()))

    def _rest(self) -> None:
        if self._queue:
            self._loop.call_soon(self._start)
            return
        self._is_busy = False
        self._idle.set()

    def _finish(self, batch: list[tuple[Pending, Write]], cleared: int, error: BaseException | None) -> None:
        """Show a transaction to the world, or tell its writers that it failed."""
        if error is not None:
            for pending, _ in batch:
                self._fail(pending, error)
        else:
            del self._dead[:cleared]
            self._dead += self._view.publish([write for _, write in batch])
            for pending, write in batch:
                del self._under_way[pending.key]
                if not pending.done.done():
                    pending.done.set_result(write.entry)
        if self._queue:
            self._start()
        else:
            self._rest()

    def _fail(self, pending: Pending, error: BaseException) -> None:
        del self._under_way[pending.key]
        if not pending.done.done():
            pending.done.set_exception(error)
            pending.done.exception()  # Marks it as seen: the caller may be gone.



def fill(path: Path, entries: Sequence[Entry], revision: int, encryption: Encryption) -> None:
    """Put `entries`, as of `revision`, in place of what the file at `path` holds; nobody may have it open. Blocks."""
    database = Database(path, wipes=encryption.is_used)
    database.open()
    try:
        bodies = ((each, encryption.seal(each.key, each.encoded)) for each in entries)
        database.fill([Version(each.revision, False, *each.key, body) for each, body in bodies], revision)
    finally:
        database.close()


def _row(write: Write, encryption: Encryption) -> Version:
    key, entry = write.entry.key, write.entry
    body = encryption.seal(key, entry.encoded)
    return Version(entry.revision, write.deletes, key.resource, key.namespace, key.name, body)


def _load(database: Database, window: Window, encryption: Encryption) -> tuple[View, list[int]]:
    """Open the file and return the view that it holds; bodies stay encoded until somebody reads them.

    A superseded version whose key is gone is no loss: history begins after it. Its revision is returned, to be deleted.
    What was written in another cipher than the one in use now is written anew, history included.
    """
    database.open()
    view = View(window, database.floor())
    lost: dict[Key, tuple[int, Undecipherable]] = {}
    dead: list[int] = []
    stale: list[tuple[bytes, int]] = []
    for version in database.versions():
        key = Key(version.resource, version.namespace, version.name)
        try:
            body, is_stale = encryption.open(key, version.body)
        except Undecipherable as error:
            dead += [lost.pop(key)[0]] if key in lost else []
            lost[key] = version.revision, error
            if not version.deleted:
                continue
            body, is_stale = NOTHING, False
        if is_stale:
            stale.append((encryption.seal(key, body), version.revision))
        view.restore(Entry(key, version.revision, None, body), deletes=bool(version.deleted))
        if key in lost:
            dead += [lost.pop(key)[0], *view.forget()]
    if lost:
        database.close()
        raise Unavailable(_explain(lost))
    if stale:
        database.reseal(stale)
    return view, dead


def _explain(lost: Mapping[Key, tuple[int, Undecipherable]]) -> str:
    key, (_, error) = next(iter(lost.items()))
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    where = "/".join(filter(None, key))
    return f"cannot decrypt {where}{more}: {error}; give the encryption configuration that it was written with"
