"""Documents that describe the API: discovery and OpenAPI, made from the registry and kept encoded."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import orjson

from kubewheel import KUBERNETES_VERSION
from kubewheel.api import discovery_documents, errors
from kubewheel.api.registry import Registry
from kubewheel.apiserver import negotiation, respond
from kubewheel.apiserver.custom_resources.schemas import schema_of
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response

if TYPE_CHECKING:  # Rarely needed, and large: loaded when first asked for.
    from kubewheel.api.openapi import v2, v3

# OpenAPI 2 as kubectl asks for it; the first, which is no valid media type, is what older clients write.
PROTOBUF = (
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
)
FAR_FUTURE = "Fri, 31 Dec 2049 23:59:59 GMT"
AGGREGATED = "APIGroupDiscoveryList"
AGGREGATED_VERSION = "v2"


class Published:
    """The documents of one server."""

    def __init__(self, registry: Registry, server_address: str) -> None:
        self._registry = registry
        self._v2: v2.OpenApi | None = None
        self._v3: v3.OpenApi | None = None
        self._discovery = discovery_documents.Discovery(registry, server_address)

    @property
    def revision(self) -> int:
        """Rises with each change of what this server serves."""
        return self._registry.revision

    def own_groups(self, *, aggregates: bool) -> discovery_documents.Document:
        """Return the document at /apis of what this server serves itself."""
        document = self._discovery.document("/apis", aggregates=aggregates)
        assert document is not None, "a server always serves groups"
        return document

    def discovery(self, exchange: Exchange) -> Response:
        """Return a document of discovery."""
        path = exchange.request.path.rstrip("/")
        document = self._discovery.document(path, aggregates=wants_aggregated(exchange))
        if document is None:
            raise errors.path_not_found()
        return answer(exchange, document)

    def openapi(self, exchange: Exchange) -> Response:
        """Return an OpenAPI document."""
        document = self.own_openapi(exchange)
        asked, found = exchange.request.parameter("hash"), document.etag.strip('"')
        if asked and asked != found:  # So that nobody keeps this content for ever under the name of another.
            return Response(301, {"Location": f"{exchange.request.path.rstrip('/')}?hash={found}"}, body=b"")
        response = answer(exchange, document)
        if asked:
            response.headers |= {"Cache-Control": "public, immutable", "Expires": FAR_FUTURE}
        return response

    def own_openapi(self, exchange: Exchange) -> discovery_documents.Document:
        """Return the OpenAPI document of what this server serves itself; raise 404 or 406."""
        path = exchange.request.path.rstrip("/")
        if path == "/openapi/v2":
            return self._openapi_v2(exchange)
        from kubewheel.api.openapi import v3

        if self._v3 is None:
            self._v3 = v3.OpenApi(self._registry, version=KUBERNETES_VERSION, schema_of=partial(schema_of, version=3))
        document = self._v3.document(path)
        if document is None:
            raise errors.path_not_found()
        return document

    def _openapi_v2(self, exchange: Exchange) -> discovery_documents.Document:
        from kubewheel.api.openapi import v2

        if _openapi_form(exchange) is None:
            raise errors.not_acceptable((negotiation.JSON, PROTOBUF[1]))
        if self._v2 is None:
            self._v2 = v2.OpenApi(self._registry, version=KUBERNETES_VERSION, schema_of=partial(schema_of, version=2))
        return self._v2.document()


def wants_aggregated(exchange: Exchange) -> bool:
    """Tell whether the client takes the aggregated form of discovery."""
    for choice in negotiation.parse(exchange.request.headers.get("accept", "")):
        if choice.media_type not in (negotiation.JSON, "*/*", "application/*"):
            continue
        if choice.shape == AGGREGATED:
            if choice.version == AGGREGATED_VERSION:
                return True
            continue
        return False
    return False


def _openapi_form(exchange: Exchange) -> str | None:
    """Return the media type in which a client wants the document of OpenAPI 2; None if there is none for it."""
    for choice in negotiation.parse(exchange.request.headers.get("accept", "*/*")):
        if choice.media_type in PROTOBUF:
            return PROTOBUF[1]
        if choice.media_type in (negotiation.JSON, "*/*", "application/*"):
            return negotiation.JSON
    return None


@lru_cache(maxsize=1)
def _as_protobuf(document: discovery_documents.Document) -> discovery_documents.Document:
    from kubewheel.api.openapi import protobuf

    body = protobuf.encode(orjson.loads(document.body))
    return discovery_documents.Document(body, f'"{hashlib.sha256(body).hexdigest().upper()}"', PROTOBUF[1])


def answer(exchange: Exchange, document: discovery_documents.Document) -> Response:
    """Return `document`, or 304 if the client has it."""
    if exchange.request.path.rstrip("/") == "/openapi/v2" and _openapi_form(exchange) == PROTOBUF[1]:
        document = _as_protobuf(document)
    headers: Mapping[str, str] = {"Content-Type": document.content_type, "ETag": document.etag, "Vary": "Accept"}
    if _has(exchange, document.etag):
        return Response(304, dict(headers), body=b"")
    return Response(200, dict(headers), body=_readable(exchange, document))


def _has(exchange: Exchange, etag: str) -> bool:
    """Tell whether the client says that it has the content already."""
    held = [each.strip() for each in exchange.request.headers.get("if-none-match", "").split(",")]
    return etag in held or f"W/{etag}" in held or "*" in held


def _readable(exchange: Exchange, document: discovery_documents.Document) -> bytes:
    """Return the document in lines if it is of discovery and for people."""
    is_discovery = not exchange.request.path.startswith("/openapi")
    if not is_discovery or not negotiation.is_for_people(exchange.request):
        return document.body
    return respond.encode(orjson.loads(document.body), negotiation.PLAIN_PRETTY)
