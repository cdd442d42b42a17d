"""Requests that schemathesis makes from our OpenAPI 3 documents: what a client's author would take from them."""

import asyncio
import json
from typing import Any
from urllib.parse import unquote

import orjson
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from kubewheel.libs.wire import Request
from tests.fuzz.target import Target

QUIET = settings(
    database=None, deadline=None, phases=(Phase.generate,), suppress_health_check=[*HealthCheck], derandomize=False,
)
NAMES = {"name": "a", "namespace": "default", "path": "x"}


async def documents(target: Target) -> list[dict[str, Any]]:
    """Return our OpenAPI 3 documents, one for each group and version."""
    index = await _get(target, "/openapi/v3")
    return [await _get(target, f"/openapi/v3/{name}") for name in index["paths"]]


async def _get(target: Target, path: str) -> Any:
    response = await target.server.handle(Request("GET", path, {}, {"authorization": "Bearer admin"}))
    return orjson.loads(response.encoded or response.body or b"")


async def run(target: Target, seed: int, each: int) -> None:
    """Send `each` requests for every operation, half of them wrong on purpose."""
    import schemathesis
    from schemathesis import GenerationMode

    for document in await documents(target):
        schema = schemathesis.openapi.from_dict(document)
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                strategy = operation.as_strategy(generation_mode=mode)
                made = await asyncio.to_thread(_requests, strategy, seed, (each + 1) // 2)
                for request in made:
                    await target.send(request)


def _requests(strategy: Any, seed: int, count: int) -> list[Request]:
    made: list[Request] = []

    @seeded(seed)
    @settings(QUIET, max_examples=count)
    @given(strategy)
    def collect(case: Any) -> None:
        made.append(_request(case))

    try:
        collect()
    except Exception:  # Some operations have nothing that could be wrong.
        if not made:
            return []
    return made


def _request(case: Any) -> Request:
    path = unquote(case.formatted_path)
    for name, value in NAMES.items():
        given_value = (case.path_parameters or {}).get(name)
        if given_value is not None and len(path) % 4:  # Most meet an object that is there.
            path = path.replace(f"/{given_value}", f"/{value}", 1)
    headers = {"authorization": "Bearer admin"}
    headers |= {str(name).lower(): str(value) for name, value in (case.headers or {}).items()}
    headers["authorization"] = "Bearer admin"
    if case.media_type:
        headers["content-type"] = str(case.media_type)
    query = {
        str(name): [str(item) for item in value] if isinstance(value, list) else [str(value)]
        for name, value in (case.query or {}).items()
    }
    return Request(case.method.upper(), path, query, headers, _body(case.body))


def _body(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    try:
        return json.dumps(body).encode()
    except TypeError:  # Stands for no body.
        return None
