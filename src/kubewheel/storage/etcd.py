"""The store in etcd: several API servers may share it; etcd's revisions are the objects' resourceVersions.

Objects lie at `PREFIX/resource/namespace/name` as JSON without a resourceVersion, or as what encryption makes of that.
One watch feeds the view in memory, our own writes included: a write returns when the view has it. Other servers' writes
are seen a moment later; who must not miss any asks `catch_up` first.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from kubewheel.libs import etcd as _fork_settings  # noqa: F401 - before gRPC is imported
from kubewheel.libs import kept_json, tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.etcd import client as etcd
from kubewheel.storage.encryption import Encryption, Undecipherable
from kubewheel.storage.history import Window
from kubewheel.storage.protocol import Conflict, Entry, Key, StaleEntry, Unavailable
from kubewheel.storage.reads import ViewReads
from kubewheel.storage.view import View, Write

PREFIX = "/registry"
TICK = "kubewheel-tick"  # A key that is written only so that the watch tells how far it is.
HEAD = b'{"metadata":{'  # How every body begins, so that a resourceVersion can be put in without decoding.
COMPACTION_SECONDS = 300.0
RETRY_SECONDS, RETRY_MOST_SECONDS = 0.1, 5.0
FEED_SECONDS = 10.0  # Longest wait for the watch to bring what etcd has acknowledged.
PATIENCE_SECONDS = 0.02  # Then the watch is prodded.

log = logging.getLogger(__name__)


class EtcdStore(ViewReads):
    """A `Store` in an etcd cluster; see `opened`."""

    is_shared = True

    def __init__(self, client: etcd.Client, clock: Clock, prefix: str, encryption: Encryption, view: View) -> None:
        super().__init__(view)
        self._client = client
        self._clock = clock
        self._prefix = f"{prefix.rstrip('/')}/".encode()
        self._encryption = encryption
        self._synced = view.revision  # Everything up to this revision of etcd is in the view.
        self._group: asyncio.TaskGroup | None = None
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._asked = self._answered = 0
        self._asking = asyncio.Lock()

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, client: etcd.Client, clock: Clock, *, prefix: str = PREFIX, encryption: Encryption | None = None,
        window: Window | None = None,
    ) -> AsyncIterator["EtcdStore"]:
        """Give the store, fed by a watch while the context lasts; raise Unavailable if etcd does not answer.

        The client is closed in the end.
        """
        store = cls(client, clock, prefix, encryption or Encryption(), View(window))
        try:
            store._view = await store._load(window)
            store._synced = store._view.revision
            failure: BaseException | None = None
            async with asyncio.TaskGroup() as group:
                store._group = group
                own = [
                    tasks.create_task(group, store._follow(), name="etcd watch"),
                    tasks.create_task(group, store._compact(), name="etcd compaction"),
                ]
                try:
                    yield store
                except BaseException as error:  # Raised below: the group would wrap it.
                    failure = error
                for task in own:
                    task.cancel()
            if failure is not None:
                raise failure
        except etcd.Failure as error:
            raise Unavailable(f"etcd at {', '.join(client.endpoints.urls)}: {error}") from error
        finally:
            await store.close()
            await client.close()

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Create, replace or delete; see `Store.write`."""
        current = self._view.check(key, expected, uid, deletes=object is None)
        if self._group is None:
            raise Unavailable("the store is closed")
        body = _body(object) if object is not None else None
        done: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        # A task of its own: a caller who goes away does not take the write back.
        tasks.create_task(self._group, self._settle(done, key, body, current, expected), name="etcd write")
        return await done

    async def _settle(
        self, done: asyncio.Future[Entry], key: Key, body: bytes | None, current: Entry | None, expected: int
    ) -> None:
        try:
            entry = await self._swap(key, body, current, expected)
        except (Conflict, Unavailable) as error:
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(entry)

    async def _swap(self, key: Key, body: bytes | None, current: Entry | None, expected: int) -> Entry:
        path = self._path(key)
        if body is not None:
            change = etcd.message("RequestOp")(request_put={"key": path, "value": self._encryption.seal(key, body)})
        else:
            change = etcd.message("RequestOp")(request_delete_range={"key": path})
        compare = {"target": "MOD", "result": "EQUAL", "key": path, "mod_revision": expected}
        otherwise = etcd.message("RequestOp")(request_range={"key": path})
        reply = await self._call("Txn", compare=[compare], success=[change], failure=[otherwise])
        if not reply.succeeded:
            await self._meet(key, expected, reply.responses[0].response_range.kvs)
            raise Conflict(self._view.get(key))
        revision = reply.header.revision
        await self._reach(revision)
        if body is None:
            return self._view.build(key, None, current, revision).entry
        found = self._view.get(key)
        if found is not None and found.revision == revision:
            return found
        return Entry(key, revision, None, _shown(body, revision))  # Somebody has written it again already.

    async def catch_up(self) -> None:
        """Return when the view has every write that was acknowledged anywhere before the call; raise Unavailable."""
        self._asked += 1
        mine = self._asked
        async with self._asking:
            if self._answered >= mine:
                return  # A question that was asked after this call has its answer.
            asked = self._asked
            reply = await self._call("Range", key=self._prefix + TICK.encode(), keys_only=True)
            if not await self._reaches(reply.header.revision):
                reply = await self._call("Put", key=self._prefix + TICK.encode(), value=b"")
                await self._reach(reply.header.revision)
            self._answered = asked

    async def close(self) -> None:
        """End all watches; the connection lasts as long as the context."""
        self._group = None
        self._view.close()

    # Where objects lie.

    def _path(self, key: Key) -> bytes:
        return self._prefix + "/".join(filter(None, key)).encode()

    def _key(self, path: bytes) -> Key | None:
        """Return the key of an object's path; None for anything else that lies below the prefix."""
        parts = path[len(self._prefix):].decode(errors="replace").split("/")
        if len(parts) == 2:
            return Key(parts[0], "", parts[1])
        return Key(*parts) if len(parts) == 3 else None

    def _entry(self, key: Key, found: Any) -> Entry:
        """Return what a key value of etcd holds; raise Undecipherable."""
        body, is_stale = self._encryption.open(key, found.value)
        return (StaleEntry if is_stale else Entry)(key, found.mod_revision, None, _shown(body, found.mod_revision))

    # What etcd tells.

    async def _load(self, window: Window | None) -> View:
        """Return a view of everything that is there; history begins now."""
        pages = [page async for page in self._client.pages(self._prefix)]
        revision = pages[-1][0]
        view = View(window, revision)
        for _, found in pages:
            for entry in self._entries(found):
                view.restore(entry, deletes=False)
        view.revision = revision
        return view

    def _entries(self, found: Iterable[Any]) -> Iterator[Entry]:
        for each in found:
            key = self._key(each.key)
            if key is not None:
                try:
                    yield self._entry(key, each)
                except Undecipherable as error:
                    raise Unavailable(f"cannot decrypt {'/'.join(filter(None, key))}: {error}") from error

    async def _follow(self) -> None:
        """Keep the view up to date; never returns."""
        delay = RETRY_SECONDS
        while True:
            try:
                try:
                    async for reply in self._client.watch(self._prefix, revision=self._synced + 1):
                        delay = RETRY_SECONDS
                        self._take(reply)
                except etcd.Compacted:
                    await self._reload()
                    delay = RETRY_SECONDS
            except etcd.Failure as error:
                log.warning("etcd does not answer: %s; trying again", error)
                await self._clock.sleep(delay)
                delay = min(delay * 2, RETRY_MOST_SECONDS)

    def _take(self, reply: Any) -> None:
        """Publish what one reply of the watch brings."""
        writes: list[Write] = []
        latest: dict[Key, Entry | None] = {}  # As of this batch: later events build upon earlier ones.
        for event in reply.events:
            key = self._key(event.kv.key)
            if key is not None:
                previous = latest[key] if key in latest else self._view.get(key)
                write = self._write(key, event, previous)
                if write is not None:
                    writes.append(write)
                    latest[key] = None if write.deletes else write.entry
        if writes:
            self._view.publish(writes)
        if reply.events:
            self._arrived(reply.events[-1].kv.mod_revision)
        elif not reply.created:
            self._arrived(reply.header.revision)

    def _write(self, key: Key, event: Any, previous: Entry | None) -> Write | None:
        if event.type == 1:
            return self._view.build(key, None, previous, event.kv.mod_revision) if previous is not None else None
        return Write(self._entry(key, event.kv), previous, None)

    async def _reload(self) -> None:
        """Take over what is there now, after a gap in the watch; watchers have to list again."""
        fresh = await self._load(None)
        there = {entry.key: entry for entry in fresh.entries()}
        self._view.cut_off()
        writes = [
            self._view.build(entry.key, None, entry, fresh.revision)
            for entry in self._view.entries() if entry.key not in there
        ]
        for entry in sorted(there.values(), key=lambda each: each.revision):
            known = self._view.get(entry.key)
            if known is None or known.revision != entry.revision:
                writes.append(Write(entry, known, None))
        self._view.publish(writes)
        self._view.revision = fresh.revision
        self._view.forget()
        self._arrived(fresh.revision)

    async def _compact(self) -> None:
        """Let etcd forget what is older than the interval; never returns."""
        before = self._synced
        while True:
            await self._clock.sleep(COMPACTION_SECONDS)
            with contextlib.suppress(etcd.Failure):  # Done by another server, or to be done next time.
                await self._client.call("Compact", revision=before)
            before = self._synced

    # Waiting for the view.

    def _arrived(self, revision: int) -> None:
        self._synced = max(self._synced, revision)
        for future in [future for future, wanted in self._waiting.items() if wanted <= self._synced]:
            del self._waiting[future]
            if not future.done():
                future.set_result(None)

    async def _reach(self, revision: int) -> None:
        """Return when the view has everything up to `revision`; raise Unavailable if it does not come."""
        if not await self._reaches(revision, FEED_SECONDS):
            raise Unavailable("etcd has acknowledged a write that its watch does not bring")

    async def _reaches(self, revision: int, seconds: float = PATIENCE_SECONDS) -> bool:
        if self._synced >= revision:
            return True
        arrival = asyncio.get_running_loop().create_future()
        self._waiting[arrival] = revision
        try:
            async with asyncio.timeout(seconds):
                await arrival
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(arrival, None)
        return True

    async def _meet(self, key: Key, expected: int, found: Sequence[Any]) -> None:
        """Wait until the view shows what made a write fail."""
        if found:
            await self._reach(found[0].mod_revision)
        elif expected:
            await self.catch_up()

    async def _call(self, method: str, **fields: Any) -> Any:
        try:
            return await self._client.call(method, **fields)
        except etcd.Failure as error:
            raise Unavailable(f"etcd: {error}") from error


def _body(object: Mapping[str, Any]) -> bytes:
    """Return an object as it is kept: metadata first, without a resourceVersion."""
    metadata = {name: value for name, value in object["metadata"].items() if name != "resourceVersion"}
    return orjson.dumps({"metadata": metadata, **{name: value for name, value in object.items() if name != "metadata"}})


def _shown(body: bytes, revision: int) -> bytes:
    """Return a kept object with its resourceVersion."""
    if body.startswith(HEAD):
        return b'%b"resourceVersion":"%d",%b' % (HEAD, revision, body[len(HEAD):])
    object = orjson.loads(body)
    object["metadata"]["resourceVersion"] = str(revision)
    return kept_json.dumps(object)
