"""Paths that name no resource: discovery, OpenAPI, version, health, metrics, token keys."""

import platform
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kubewheel import KUBERNETES_VERSION
from kubewheel.api import errors
from kubewheel.apiserver import negotiation, published, respond
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response
from kubewheel.storage import snapshot_file

Document = Callable[[Exchange, Backend], Awaitable[Response]]
SNAPSHOT = "/kubewheel/snapshot"
FAIRNESS = "/debug/api_priority_and_fairness/"
READS = frozenset({"get", "head"})


async def handle(exchange: Exchange, backend: Backend) -> Response:
    """Return the document at the request's path."""
    path = exchange.request.path.rstrip("/") or "/"
    if exchange.info.verb not in READS:
        raise errors.method_not_allowed() if _find(path) else errors.path_not_found()
    document = _find(path)
    if document is None:
        raise errors.path_not_found()
    return await document(exchange, backend)


def _find(path: str) -> Document | None:
    exact = EXACT.get(path)
    if exact is not None:
        return exact
    return next((document for prefix, document in PREFIXES.items() if path.startswith(prefix)), None)


async def _version(exchange: Exchange, backend: Backend) -> Response:
    return respond.plain(exchange, version(), negotiation.PLAIN_PRETTY)


def version() -> dict[str, Any]:
    """Return what this server says about itself."""
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return {
        "major": major, "minor": minor, "emulationMajor": major, "emulationMinor": minor,
        "minCompatibilityMajor": major, "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": KUBERNETES_VERSION, "gitCommit": "", "gitTreeState": "clean", "buildDate": "",
        "goVersion": f"python{platform.python_version()}", "compiler": platform.python_implementation().lower(),
        "platform": f"{platform.system().lower()}/{machine}",
    }


async def _keys(exchange: Exchange, backend: Backend) -> Response:
    response = respond.plain(exchange, backend.accounts.verifier.key_set(), negotiation.PLAIN)
    response.headers = {"Content-Type": "application/jwk-set+json", "Cache-Control": "public, max-age=3600"}
    return response


async def _issuer(exchange: Exchange, backend: Backend) -> Response:
    algorithms = sorted({key["alg"] for key in backend.accounts.verifier.key_set()["keys"]})
    settings = backend.settings
    host = f"[{settings.advertise_address}]" if ":" in settings.advertise_address else settings.advertise_address
    content = {
        "issuer": settings.issuer, "jwks_uri": f"https://{host}:{settings.advertise_port}/openid/v1/jwks",
        "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
    }
    response = respond.plain(exchange, content, negotiation.PLAIN)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


async def discovery(exchange: Exchange, backend: Backend) -> Response:
    """Return a document of discovery."""
    aggregates = published.wants_aggregated(exchange)
    merged = backend.aggregator.discovery(exchange.request.path, backend.published, aggregates=aggregates)
    return published.answer(exchange, merged) if merged is not None else backend.published.discovery(exchange)


async def openapi(exchange: Exchange, backend: Backend) -> Response:
    """Return an OpenAPI document."""
    if not backend.aggregator.available():
        return backend.published.openapi(exchange)
    from kubewheel.apiserver.aggregation import openapi as merging

    return await merging.answer(exchange, backend.aggregator, backend.published)


async def _health(exchange: Exchange, backend: Backend) -> Response:
    return backend.health.answer(exchange)


async def _metrics(exchange: Exchange, backend: Backend) -> Response:
    text = "\n".join(backend.metric_lines()) + "\n"
    return Response(200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}, body=text.encode())


async def _snapshot(exchange: Exchange, backend: Backend) -> Response:
    """Return the whole state, Secrets included, as of one revision: nothing is awaited while it is read."""
    resources = {each.storage_key for each in backend.registry if each.is_stored}
    entries = [entry for key in sorted(resources) for entry in backend.store.list(key).entries]
    state = snapshot_file.State(snapshot_file.in_order(entries), backend.store.revision, backend.clock.now())
    return Response(200, {"Content-Type": "application/jsonl"}, body=snapshot_file.encode(state))


async def _fairness(exchange: Exchange, backend: Backend) -> Response:
    from kubewheel.apiserver.fairness import dumps

    dump = dumps.DUMPS.get(exchange.request.path.removeprefix(FAIRNESS).rstrip("/"))
    if dump is None or backend.fairness is None:
        raise errors.path_not_found()
    details = bool(exchange.request.parameter("includeRequestDetails"))
    text = dumps.text(dump(backend.fairness.configuration, details=details))
    return Response(200, {"Content-Type": "text/plain; charset=utf-8"}, body=text.encode())


async def _paths(exchange: Exchange, backend: Backend) -> Response:
    groups = [f"/apis/{group}" for group in backend.registry.groups() if group]
    versions = [
        f"/apis/{group}/{each}" for group in backend.registry.groups() if group
        for each in backend.registry.versions(group)
    ]
    listed = sorted({*EXACT, *groups, *versions, "/api/v1"} - {"/"})
    return respond.plain(exchange, {"paths": listed}, negotiation.PLAIN_PRETTY)


EXACT: Mapping[str, Document] = {
    "/": _paths, "/version": _version, "/healthz": _health, "/livez": _health, "/readyz": _health,
    "/metrics": _metrics, "/openid/v1/jwks": _keys, "/.well-known/openid-configuration": _issuer,
    "/api": discovery, "/apis": discovery, "/openapi/v2": openapi, "/openapi/v3": openapi,
    SNAPSHOT: _snapshot,
}
PREFIXES: Mapping[str, Document] = {
    "/api/": discovery, "/apis/": discovery, "/openapi/v3/": openapi, "/healthz/": _health, "/livez/": _health,
    "/readyz/": _health, FAIRNESS: _fairness,
}
