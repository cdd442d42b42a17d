"""watch: a collection's changes, as they happen.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from kubewheel.api import errors, tables
from kubewheel.api.registry import Resource
from kubewheel.apiserver import negotiation, options, respond, versions
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import INITIAL_END, ListOptions
from kubewheel.apiserver.verbs import get, selection
from kubewheel.apiserver.verbs.selection import Selection
from kubewheel.libs.wire import Object, Response, WatchEvent
from kubewheel.storage import Compacted, Entry, Event, Watch

BOOKMARK_SECONDS = 60.0  # How often a quiet watch that wants bookmarks gets one.
LAST_BOOKMARK_SECONDS = 2.0  # Before its end it gets another, to go on from there.
SHAPES = (negotiation.TABLE, negotiation.PARTIAL)


@dataclass(slots=True)
class Session:
    """One running watch: what it wants and in which form."""

    exchange: Exchange
    backend: Backend
    resource: Resource
    asked: ListOptions
    chosen: Selection
    form: negotiation.Form
    namespace: str
    first_row: bool = field(default=True)
    ends: float = 0.0  # In the time of the event loop.

    @property
    def sends_lines(self) -> bool:
        """Whether the store's own lines can be sent as they are."""
        return self.form.is_plain and versions.is_stored_form(self.resource)


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Start a watch."""
    asked = options.list_options(exchange.request, watch=True)
    form = negotiation.PLAIN
    if not exchange.in_memory:
        form = negotiation.negotiate(exchange.request, SHAPES, negotiation.STREAMED)
    chosen = selection.of(resource, asked, exchange.info.name)
    namespace = exchange.info.namespace if resource.namespaced else ""
    session = Session(exchange, backend, resource, asked, chosen, form, namespace)
    initial, start = await _initial(session)
    try:
        watch = backend.store.watch(
            resource.storage_key, namespace, revision=start, name=chosen.name, interest=_interest(session),
        )
    except Compacted as error:
        gone = errors.expired(f"too old resource version: {start} ({error.oldest})").status()
        return _stream(session, _one(WatchEvent("ERROR", gone, _line("ERROR", gone))))
    backend.custom.track(resource, watch)
    return _stream(session, _events(session, watch, initial, start))


def _stream(session: Session, batches: AsyncIterator[Sequence[WatchEvent]]) -> Response:
    if session.exchange.in_memory:
        return Response(events=_single(batches))
    return Response(200, {"Content-Type": negotiation.JSON}, chunks=_joined(batches))


async def _one(event: WatchEvent) -> AsyncIterator[Sequence[WatchEvent]]:
    yield (event,)


async def _single(batches: AsyncIterator[Sequence[WatchEvent]]) -> AsyncIterator[WatchEvent]:
    try:
        async for batch in batches:
            for event in batch:
                yield event
    finally:
        await batches.aclose()  # type: ignore[attr-defined]


async def _joined(batches: AsyncIterator[Sequence[WatchEvent]]) -> AsyncIterator[bytes]:
    """Yield the events of a batch as one piece, so that a burst costs one write to the socket."""
    try:
        async for batch in batches:
            yield b"".join([event.encoded for event in batch])
    finally:
        await batches.aclose()  # type: ignore[attr-defined]


async def _initial(session: Session) -> tuple[Sequence[WatchEvent], int]:
    """Return the events that stand for what is there already, and the revision that the watch goes on from."""
    asked, store, key = session.asked, session.backend.store, session.resource.storage_key
    wanted = options.revision(asked.resource_version)
    if asked.initial_events is None and wanted:
        return (), wanted
    if asked.initial_events is False:
        return (), wanted or store.revision_of(key)
    if wanted > store.revision_of(key):
        raise get.too_large(wanted, store.revision_of(key))
    snapshot = store.list(key, session.namespace)
    chosen = [
        entry for entry in snapshot.entries
        if session.chosen.is_everything or session.chosen.matches_entry(entry)
    ]
    events = [_added(session, entry) for entry in await session.backend.all_ready(session.resource, chosen)]
    if asked.initial_events and asked.bookmarks:
        events.append(_bookmark(session, snapshot.revision, {INITIAL_END: "true"}))
    return events, snapshot.revision


def _interest(session: Session) -> Callable[[Event], bool] | None:
    chosen = session.chosen
    if chosen.is_everything:
        return None
    if chosen.node is not None:
        return _node_interest(session, chosen.node)

    def wants(event: Event) -> bool:
        return chosen.matches(event.entry.object) or (event.previous is not None and chosen.matches(event.previous))

    return wants


def _node_interest(session: Session, node: str) -> Callable[[Event], bool]:
    """Return an interest that costs next to nothing for pods of other nodes: there may be a watcher for each node."""
    nodes = session.backend.event_nodes.of

    def wants(event: Event) -> bool:
        return node in nodes(event)

    return wants


async def _events(
    session: Session, watch: Watch, initial: Sequence[WatchEvent], start: int
) -> AsyncIterator[Sequence[WatchEvent]]:
    """Yield batches until the time is over; bookmarks in between when nothing happens."""
    loop = asyncio.get_running_loop()
    session.ends = loop.time() + _duration(session)
    end = loop.call_at(session.ends, watch.close)
    try:
        if initial:
            yield initial
        iterator = aiter(watch)
        while events := await _next(session, iterator):
            if isinstance(events, WatchEvent):
                yield (events,)
                continue
            if session.resource.custom is not None:
                events = await _ready(session, events)
            if batch := [made for event in events if (made := _made(session, event)) is not None]:
                yield batch
    except Compacted as error:
        gone = errors.expired(f"too old resource version: {start} ({error.oldest})").status()
        yield (WatchEvent("ERROR", gone, _line("ERROR", gone)),)
    finally:
        end.cancel()
        watch.close()


async def _ready(session: Session, events: Sequence[Event]) -> Sequence[Event]:
    """Return events of custom objects in the form that the watch shows."""
    made = []
    for event in events:
        entry = await session.backend.ready(session.resource, event.entry)
        before = event.previous_entry
        if before is not None:
            before = await session.backend.ready(session.resource, before)
        made.append(Event(event.type, entry, before))
    return made


async def _next(session: Session, iterator: AsyncIterator[Sequence[Event]]) -> Sequence[Event] | WatchEvent:
    """Return the next batch; a bookmark when there is none for a while; nothing at the end."""
    # Not `anext(iterator, ())`: CPython 3.11 makes a SystemError of a default that is a tuple.
    if not session.asked.bookmarks:
        return await anext(iterator, None) or ()
    try:
        async with asyncio.timeout(_until_bookmark(session)):
            return await anext(iterator, None) or ()
    except TimeoutError:
        return _bookmark(session, session.backend.store.revision_of(session.resource.storage_key), {})


def _until_bookmark(session: Session) -> float:
    left = session.ends - LAST_BOOKMARK_SECONDS - asyncio.get_running_loop().time()
    return min(left, BOOKMARK_SECONDS) if left > 0 else BOOKMARK_SECONDS


def _duration(session: Session) -> float:
    if session.asked.timeout_seconds:
        return float(session.asked.timeout_seconds)
    return session.backend.settings.watch_seconds * (1 + session.backend.randomness.random())


def _made(session: Session, event: Event) -> WatchEvent | None:
    """Return the event as this watch sees it: entering a selection is an addition, leaving it a deletion."""
    chosen = session.chosen
    if chosen.is_everything:
        return _shaped(session, event.type, event.entry, event.line)
    is_in = chosen.matches(event.entry.object)
    was_in = event.previous is not None and chosen.matches(event.previous)
    if event.type == "DELETED":
        return _shaped(session, "DELETED", event.entry, event.line) if is_in or was_in else None
    if is_in and (was_in or event.previous is None):
        return _shaped(session, event.type, event.entry, event.line)
    if is_in:
        return _shaped(session, "ADDED", event.entry, b"")
    return _left(session, event) if was_in else None


def _left(session: Session, event: Event) -> WatchEvent:
    """Return the deletion of an object that does not match any more: its last matching state, at this revision."""
    assert event.previous is not None
    last = versions.copy(event.previous)
    last["metadata"]["resourceVersion"] = str(event.revision)
    if session.form.shape != negotiation.TABLE:
        last = versions.from_storage(session.resource, last)
    return _content_event(session, "DELETED", last)


def _added(session: Session, entry: Entry) -> WatchEvent:
    return _shaped(session, "ADDED", entry, b"")


def _shaped(session: Session, type: str, entry: Entry, line: bytes) -> WatchEvent:
    if session.exchange.in_memory:
        return WatchEvent(type, versions.shown(session.resource, entry))
    if session.sends_lines:
        return WatchEvent(type, {}, line or b'{"type":"%b","object":%b}\n' % (type.encode(), entry.encoded))
    if session.form.shape == negotiation.TABLE:
        return _content_event(session, type, entry.object)
    return _content_event(session, type, versions.shown(session.resource, entry))


def _content_event(session: Session, type: str, content: Object) -> WatchEvent:
    form = session.form
    if form.shape == negotiation.TABLE:
        version = {"resourceVersion": content["metadata"].get("resourceVersion", "")}
        content = respond.table(
            session.exchange, session.resource, [content], version, form, headers=session.first_row
        )
        session.first_row = False
    elif form.shape == negotiation.PARTIAL:
        content = respond.versioned(tables.partial(content), form)
    return WatchEvent(type, content, b"" if session.exchange.in_memory else _line(type, content))


def _bookmark(session: Session, revision: int, annotations: dict[str, str]) -> WatchEvent:
    metadata: dict[str, Any] = {"resourceVersion": str(revision), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    content: Object = {
        "kind": session.resource.kind, "apiVersion": session.resource.api_version, "metadata": metadata,
    }
    if session.form.shape == negotiation.TABLE:
        return _content_event(session, "BOOKMARK", content)
    if session.form.shape == negotiation.PARTIAL:
        content = respond.versioned(tables.partial(content), session.form)
    return WatchEvent("BOOKMARK", content, _line("BOOKMARK", content))


def _line(type: str, content: Object) -> bytes:
    return orjson.dumps({"type": type, "object": content}) + b"\n"
