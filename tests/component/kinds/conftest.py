"""A server with kinds only, and raw HTTPS requests to it."""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from kubewheel.testing import SyncCluster
from tests.component.kinds.examples import NAMESPACE, Example, examples

MERGE, JSON_PATCH, STRATEGIC, APPLY = (
    f"application/{name}" for name in (
        "merge-patch+json", "json-patch+json", "strategic-merge-patch+json", "apply-patch+yaml",
    )
)

# The server itself writes the status of these soon after they were made.
JUDGED = {"CustomResourceDefinition": ("Established", "True"), "FlowSchema": ("Dangling", "False")}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Api:
    """Requests over one connection, with no client library in between."""

    def __init__(self, url: str, token: str, context: ssl.SSLContext) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(ssl_context=context, headers={"Authorization": f"Bearer {token}"})

    def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json", accept: str = "",
        user: str = "", **query: Any,
    ) -> Answer:
        """Send a request, perhaps as another user; return the answer, whatever it says."""
        headers = self._pool.headers | ({"Content-Type": kind} if body is not None else {})
        headers = headers | ({"Accept": accept} if accept else {}) | ({"Impersonate-User": user} if user else {})
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        target = f"{self._url}{path}{'?' + urlencode(query) if query else ''}"
        found = self._pool.request(method, target, body=data, headers=headers)
        return Answer(found.status, found.headers, json.loads(found.data) if found.data else None)

    def expect(self, code: int, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request that is to be answered with `code`; return the body."""
        found = self.ask(method, path, body, **options)
        assert found.status == code, f"{method} {path}: {found.status} {(found.body or {}).get('message', found.body)}"
        return found.body

    def create(self, example: Example, **metadata: Any) -> Any:
        """Create a new object of a kind; wait for those that the server itself completes."""
        made = self.expect(201, "POST", example.collection, example.make(**metadata))
        deadline = time.monotonic() + 5
        while not has_settled(made):
            assert time.monotonic() < deadline, f"nobody has judged {made}"
            made = self.expect(200, "GET", place(example, made))
        return made

    def watch(self, path: str, count: int, **query: Any) -> list[tuple[str, Any]]:
        """Return the first events of a watch."""
        target = f"{self._url}{path}?{urlencode({'watch': '1', **query})}"
        stream = self._pool.request("GET", target, preload_content=False, timeout=5)
        try:
            assert stream.status == 200, stream.data
            events = []
            while len(events) < count:
                event = json.loads(stream.readline())
                events.append((event["type"], event["object"]))
            return events
        finally:
            stream.close()

    def close(self) -> None:
        self._pool.clear()


def of_kinds(fits: Callable[[Example], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Run a test once for each kind that fits."""
    found = {name: example for name, example in examples().items() if fits(example)}
    return pytest.mark.parametrize("example", found.values(), ids=found.keys())


def has_settled(made: Mapping[str, Any]) -> bool:
    """Return whether the server has written what it thinks of a new object."""
    wanted = JUDGED.get(made["kind"])
    conditions = made.get("status", {}).get("conditions") or []
    return wanted is None or wanted in [(each["type"], each["status"]) for each in conditions]


def place(example: Example, made: Mapping[str, Any]) -> str:
    """Return the path of an object."""
    return f"{example.collection}/{made['metadata']['name']}"


def release(api: Api, example: Example, made: Mapping[str, Any]) -> None:
    """Do what controllers do before an object that is being deleted can go."""
    target = place(example, made)
    found = api.ask("GET", target)
    if found.status == 404:
        return
    if example.resource.kind == "Namespace":
        api.expect(200, "PUT", f"{target}/finalize", found.body | {"spec": {"finalizers": []}})
    elif found.body["metadata"].get("finalizers"):
        api.expect(200, "PATCH", target, {"metadata": {"finalizers": None}}, kind=MERGE)


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    with SyncCluster() as cluster:
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        made = Api(cluster.url, cluster.access.token, ssl.create_default_context(cafile=str(cluster.access.authority)))
        yield made
        made.close()
