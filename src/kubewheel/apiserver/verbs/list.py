"""list: GET of a collection, whole or in pages.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import negotiation, options, respond, versions
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import EXACT, ListOptions, Position
from kubewheel.apiserver.verbs import get, selection
from kubewheel.apiserver.verbs.selection import Selection
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Compacted, Entry, Key

CHUNK = 500  # Entries read at a time while a selector looks for enough matches.
EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a listing: its entries, the revision that it shows, where it goes on, how much is left."""

    entries: Sequence[Entry]
    revision: int
    next: str = ""
    remaining: int = 0

    def metadata(self) -> dict[str, Any]:
        """Return the metadata of the list object."""
        result: dict[str, Any] = {"resourceVersion": str(self.revision)}
        if self.next:
            result["continue"] = self.next
        if self.remaining:
            result["remainingItemCount"] = self.remaining
        return result


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return the objects of a collection."""
    form = respond.list_form(exchange)
    asked = options.list_options(exchange.request)
    chosen = selection.of(resource, asked, exchange.info.name)
    page = read(backend, resource, exchange.info.namespace, asked, chosen)
    if resource.custom is not None:
        page = replace(page, entries=await backend.all_ready(resource, page.entries))
    return respond_page(exchange, resource, page, form)


def read(
    backend: Backend, resource: Resource, namespace: str, asked: ListOptions, chosen: Selection
) -> Page:
    """Return the page of the collection that the options ask for."""
    namespace = namespace if resource.namespaced else ""
    if asked.next:
        return _read_on(backend, resource, namespace, asked, chosen)
    wanted = options.revision(asked.resource_version)
    if wanted > (current := backend.store.revision_of(resource.storage_key)):
        raise get.too_large(wanted, current)
    exact = wanted if wanted and (asked.match == EXACT or (asked.limit and not asked.match)) else 0
    try:
        return _read(backend, resource, namespace, asked.limit, chosen, Position(exact, ("", "")))
    except Compacted as error:
        raise errors.expired("The resourceVersion for the provided list is too old.") from error


def _read_on(
    backend: Backend, resource: Resource, namespace: str, asked: ListOptions, chosen: Selection
) -> Page:
    if asked.resource_version not in ("", "0"):
        raise errors.bad_request("specifying resource version is not allowed when using continue")
    position = options.decode_position(asked.next)
    try:
        return _read(backend, resource, namespace, asked.limit, chosen, position)
    except Compacted as error:
        failure = errors.StatusError(410, "Expired", EXPIRED)
        now = Position(0, position.place)
        failure.metadata["continue"] = options.encode_position(now)
        raise failure from error


def _read(
    backend: Backend, resource: Resource, namespace: str, limit: int, chosen: Selection, start: Position
) -> Page:
    store, key = backend.store, resource.storage_key
    if chosen.name and not start.revision and (namespace or not resource.namespaced):
        entry = store.get(Key(key, namespace, chosen.name))
        return Page([entry] if entry and chosen.matches_entry(entry) else [], store.revision_of(key))
    after = start.place if start.place != ("", "") else None
    if chosen.is_everything:
        found = store.list(key, namespace, limit=limit, after=after, revision=start.revision)
        return _page(found.entries, start.revision or found.revision, found.more)
    revision = start.revision or store.revision_of(key)
    if chosen.node is not None and not start.revision and not limit:
        return Page(_on_node(backend, namespace, chosen), revision)
    matching: list[Entry] = []
    while True:
        found = store.list(key, namespace, limit=CHUNK if limit else 0, after=after, revision=start.revision)
        for place, entry in enumerate(found.entries):
            if chosen.matches_entry(entry):
                matching.append(entry)
                if len(matching) == limit:
                    more = len(found.entries) - place - 1 + found.more
                    return Page(matching, revision, _token(entry, revision) if more else "")
        if not found.more or not found.entries:
            return Page(matching, revision)
        after = found.entries[-1].key[1:]


def _on_node(backend: Backend, namespace: str, chosen: Selection) -> list[Entry]:
    """Return the matching pods of one node, which the index of pods by node finds without looking at others."""
    assert chosen.node is not None
    found = []
    for key in sorted(backend.pods_by_node.keys(chosen.node)):
        entry = backend.store.get(key)
        if entry is not None and namespace in ("", key.namespace) and chosen.matches_entry(entry):
            found.append(entry)
    return found


def _page(entries: Sequence[Entry], revision: int, more: int) -> Page:
    if not more or not entries:
        return Page(entries, revision)
    return Page(entries, revision, _token(entries[-1], revision), more)


def _token(last: Entry, revision: int) -> str:
    return options.encode_position(Position(revision, (last.key.namespace, last.key.name)))


def respond_page(exchange: Exchange, resource: Resource, page: Page, form: negotiation.Form) -> Response:
    """Return a page in the form that the client asked for."""
    if exchange.in_memory:
        items = [versions.shown(resource, entry) for entry in page.entries]
        return Response(object=_list_object(resource, page, items))
    if form.is_plain:
        return Response(200, {"Content-Type": negotiation.JSON}, encoded=join(resource, page))
    content: Object
    if form.shape == negotiation.TABLE:
        stored = (entry.object for entry in page.entries)
        content = respond.table(exchange, resource, stored, page.metadata(), form)
    elif form.shape == negotiation.PARTIAL_LIST:
        content = respond.partial_list((entry.object for entry in page.entries), page.metadata(), form)
    else:
        content = _list_object(resource, page, [versions.shown(resource, entry) for entry in page.entries])
    return respond.plain(exchange, content, form)


def _list_object(resource: Resource, page: Page, items: list[Object]) -> dict[str, Any]:
    return {
        "kind": resource.list_kind, "apiVersion": resource.api_version, "metadata": page.metadata(), "items": items,
    }


def join(resource: Resource, page: Page) -> bytes:
    """Return the list as JSON around the bytes of its items, which were encoded when they were written."""
    head = orjson.dumps(
        {"kind": resource.list_kind, "apiVersion": resource.api_version, "metadata": page.metadata()}
    )
    if versions.is_stored_form(resource):
        items = [entry.encoded for entry in page.entries]
    else:
        items = [versions.encoded(resource, entry) for entry in page.entries]
    # Put together at once: answers of megabytes are not copied twice.
    items = items or [b""]
    items[0] = head[:-1] + b',"items":[' + items[0]
    items[-1] += b"]}"
    return b",".join(items)
