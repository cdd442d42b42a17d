"""A small API in memory: objects, revisions, watches, merge patches. Enough for the engine, no rules of any kind."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from kubewheel.api import errors
from kubewheel.api.registry import Registry
from kubewheel.client import Client, Informers
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Object, Request, Response, WatchEvent
from kubewheel.reconcile import Engine


class Api:
    """Serves every path; `slow` holds watch events back until `release`."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.refuse: list[errors.StatusError] = []
        self.slow = False
        self._held: list[tuple[str, str, Object]] = []
        self._revision = itertools.count(1)
        self._uid = itertools.count(1)
        self._last = 0
        self._watches: list[tuple[str, asyncio.Queue[WatchEvent]]] = []

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(0)
        plural, namespace, name = self._place(request.path)
        if request.parameter("watch"):
            queue: asyncio.Queue[WatchEvent] = asyncio.Queue()
            self._watches.append((plural, queue))
            return Response(events=self._events(queue))
        if request.method != "GET":
            self.requests.append((request.method, request.path))
            if self.refuse:
                error = self.refuse.pop(0)
                return Response(error.code, object=error.status())
        body = orjson.loads(request.body) if isinstance(request.body, bytes) else None
        try:
            return Response(object=getattr(self, f"_{request.method.lower()}")(plural, namespace, name, body))
        except errors.StatusError as error:
            return Response(error.code, object=error.status())

    def _place(self, path: str) -> tuple[str, str, str]:
        parts = path.split("/")[3 if path.startswith("/api/") else 4 :]
        namespace = ""
        if parts[0] == "namespaces" and len(parts) > 2:
            namespace, parts = parts[1], parts[2:]
        return parts[0], namespace, parts[1] if len(parts) > 1 else ""

    async def _events(self, queue: "asyncio.Queue[WatchEvent]") -> AsyncIterator[WatchEvent]:
        while True:
            yield await queue.get()

    def _tell(self, type: str, plural: str, obj: Object) -> None:
        if self.slow:
            self._held.append((type, plural, obj))
            return
        for watched, queue in self._watches:
            if watched == plural:
                queue.put_nowait(WatchEvent(type, obj))

    def release(self) -> None:
        self.slow = False
        held, self._held = self._held, []
        for type, plural, obj in held:
            self._tell(type, plural, obj)

    def put(self, plural: str, obj: dict[str, Any], type: str = "") -> dict[str, Any]:
        metadata = obj["metadata"]
        self._last = next(self._revision)
        metadata["resourceVersion"] = str(self._last)
        key = (plural, metadata.get("namespace", ""), metadata["name"])
        metadata.setdefault("uid", f"uid-{next(self._uid)}")
        type = type or ("MODIFIED" if key in self.objects else "ADDED")
        self.objects[key] = obj
        if type == "DELETED":
            del self.objects[key]
        self._tell(type, plural, obj)
        return obj

    def _get(self, plural: str, namespace: str, name: str, _: Any) -> Object:
        if name:
            if (plural, namespace, name) not in self.objects:
                raise errors.not_found("", plural, name)
            return self.objects[plural, namespace, name]
        items = [obj for key, obj in self.objects.items() if key[0] == plural and namespace in ("", key[1])]
        return {"kind": "List", "metadata": {"resourceVersion": str(self._last)}, "items": items}

    def _post(self, plural: str, namespace: str, _: str, body: Any) -> Object:
        metadata = body["metadata"]
        metadata["namespace"] = namespace
        if "generateName" in metadata:
            metadata["name"] = f"{metadata['generateName']}{next(self._uid)}"
        if (plural, namespace, metadata["name"]) in self.objects:
            raise errors.already_exists("", plural, metadata["name"])
        return self.put(plural, body)

    def _put(self, plural: str, namespace: str, name: str, body: Any) -> Object:
        old = self._get(plural, namespace, name, None)
        if body["metadata"].get("resourceVersion") not in (None, old["metadata"]["resourceVersion"]):
            raise errors.conflict("", plural, name)
        return self.put(plural, body)

    def _patch(self, plural: str, namespace: str, name: str, body: Any) -> Object:
        old = orjson.loads(orjson.dumps(self._get(plural, namespace, name, None)))
        changes = body["metadata"]
        references = old["metadata"].get("ownerReferences", [])
        for reference in changes.pop("ownerReferences", []):
            references = [each for each in references if each["uid"] != reference["uid"]]
            if "$patch" not in reference:
                references.append(reference)
        old["metadata"].update(changes, ownerReferences=references)
        return self.put(plural, old)

    def _delete(self, plural: str, namespace: str, name: str, body: Any) -> Object:
        old = self._get(plural, namespace, name, None)
        uid = ((body or {}).get("preconditions") or {}).get("uid")
        if uid and uid != old["metadata"]["uid"]:
            raise errors.conflict("", plural, name)
        self.put(plural, orjson.loads(orjson.dumps(old)), "DELETED")
        return {"kind": "Status", "status": "Success"}

    def names(self, plural: str) -> list[str]:
        return sorted(key[2] for key in self.objects if key[0] == plural)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def informers(api: Api, clock: SteppedClock) -> Informers:
    return Informers(Client(api, Registry.builtin()), clock)


@pytest.fixture
def engine(informers: Informers, clock: SteppedClock) -> Engine:
    return Engine(informers, clock=clock)
