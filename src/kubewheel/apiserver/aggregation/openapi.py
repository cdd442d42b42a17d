"""OpenAPI documents of other servers: version 3 has one for each group and version, version 2 is merged into ours."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from kubewheel.api import discovery_documents
from kubewheel.api.openapi import merging
from kubewheel.apiserver import published
from kubewheel.apiserver.aggregation.proxy import Unresolved, plain_headers
from kubewheel.apiserver.aggregation.services import Remote
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.published import Published
from kubewheel.libs.http_client import Unavailable
from kubewheel.libs.wire import Object, Request, Response

if TYPE_CHECKING:
    from kubewheel.apiserver.aggregation.aggregator import Aggregator

INDEX, WHOLE = "/openapi/v3", "/openapi/v2"
SECONDS = 5.0  # One slow server must not keep clients from the documents of all others.


async def answer(exchange: Exchange, aggregator: "Aggregator", own: Published) -> Response:
    """Return an OpenAPI document of all servers, or of one of them."""
    path = exchange.request.path.rstrip("/")
    remote = document_of(aggregator, path)
    if remote is not None:
        return await aggregator.forward(exchange, remote)
    if path not in MERGED:
        return own.openapi(exchange)
    document = own.own_openapi(exchange)
    merged = await MERGED[path](aggregator, orjson.loads(document.body))
    return published.answer(exchange, discovery_documents.encoded(merged))


async def merged_index(aggregator: "Aggregator", own: Object) -> dict[str, Any]:
    """Return the index of version 3 with the documents of all servers that answer."""
    paths = dict(own["paths"])
    remotes = aggregator.available()
    for remote, found in zip(remotes, await _each(aggregator, remotes, INDEX), strict=True):
        name = remote.path.strip("/")
        entry = (found.get("paths") or {}).get(name)
        if isinstance(entry, Mapping) and isinstance(entry.get("serverRelativeURL"), str):
            paths[name] = {"serverRelativeURL": entry["serverRelativeURL"]}
    return {**own, "paths": dict(sorted(paths.items()))}


async def merged_whole(aggregator: "Aggregator", own: Object) -> dict[str, Any]:
    """Return the document of version 2 with the paths of all servers that answer."""
    result = dict(own)
    remotes = aggregator.available()
    for remote, found in zip(remotes, await _each(aggregator, remotes, WHOLE), strict=True):
        result = merging.merge(result, found, f"{remote.path}/")
    return result


MERGED = {INDEX: merged_index, WHOLE: merged_whole}


def document_of(aggregator: "Aggregator", path: str) -> Remote | None:
    """Return who has the document of version 3 at `path`; None if this server has."""
    name = path.removeprefix(INDEX)
    return aggregator.remote(name) if name.startswith("/api") else None


async def _each(aggregator: "Aggregator", remotes: Iterable[Remote], path: str) -> list[Object]:
    return await asyncio.gather(*(_fetch(aggregator, remote, path) for remote in remotes))


async def _fetch(aggregator: "Aggregator", remote: Remote, path: str) -> Object:
    """Return a document of one server; nothing if it has none."""
    servers = aggregator.servers
    try:
        address = servers.addresses(remote)[0]
        request = Request("GET", path, headers=plain_headers("application/json"))
        async with asyncio.timeout(SECONDS):
            response = await servers.ask(remote, address, request, trusts=False)
    except (TimeoutError, Unresolved, Unavailable, ValueError, OSError):
        return {}
    return response.object if response.status == 200 and response.object is not None else {}
