"""Documents that describe the API: discovery and OpenAPI, made from the registry and kept encoded."""

from collections.abc import Mapping

from kubewheel.api import discovery_documents, errors
from kubewheel.api.registry import Registry
from kubewheel.apiserver import negotiation
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response

AGGREGATED = "APIGroupDiscoveryList"
AGGREGATED_VERSION = "v2"


class Published:
    """The documents of one server."""

    def __init__(self, registry: Registry, server_address: str) -> None:
        self._registry = registry
        self._discovery = discovery_documents.Discovery(registry, server_address)

    def discovery(self, exchange: Exchange) -> Response:
        """Return a document of discovery."""
        path = exchange.request.path.rstrip("/")
        document = self._discovery.document(path, aggregates=_wants_aggregated(exchange))
        if document is None:
            raise errors.path_not_found()
        return _answer(exchange, document)

    def openapi(self, exchange: Exchange) -> Response:
        """Return an OpenAPI document."""
        raise errors.path_not_found()


def _wants_aggregated(exchange: Exchange) -> bool:
    for choice in negotiation.parse(exchange.request.headers.get("accept", "")):
        if choice.media_type not in (negotiation.JSON, "*/*", "application/*"):
            continue
        if choice.shape == AGGREGATED:
            if choice.version == AGGREGATED_VERSION:
                return True
            continue
        return False
    return False


def _answer(exchange: Exchange, document: discovery_documents.Document) -> Response:
    headers: Mapping[str, str] = {"Content-Type": document.content_type, "ETag": document.etag, "Vary": "Accept"}
    if exchange.request.headers.get("if-none-match") == document.etag:
        return Response(304, dict(headers), body=b"")
    return Response(200, dict(headers), body=document.body)
