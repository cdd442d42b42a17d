"""A server to send requests to, and what every answer must be like."""

import asyncio
import logging
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import orjson

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.settings import ServiceAccountKeys
from kubewheel.libs import tls
from kubewheel.libs.clock import RealClock
from kubewheel.libs.wire import Identity, Request, Response
from kubewheel.storage.memory import MemoryStore
from tests.fuzz.samples import DEFINITION

SECONDS = 5.0
TRACE_LINES = 7  # Where it broke; how it got there is the same for all.
# Where upstream itself answers with 500: its own words for it.
UPSTREAMS = (
    "failed to create typed patch object (", "resourceVersion should not be set on objects to be created",
    "Internal error occurred: requested [", "Internal error occurred: failed to allocate",
    "Internal error occurred: the spec replicas field ",
)
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass
class Fault:
    """An answer that no server should give."""

    what: str
    request: Request

    def __str__(self) -> str:
        request = self.request
        body = request.body if isinstance(request.body, bytes) else b""
        about = f"{request.method} {request.path!r} {dict(request.query)} {dict(request.headers)}"
        return f"{self.what}\n  {about}\n  {body[:3000]!r}"


@dataclass
class Tally:
    """What came back."""

    codes: Counter[int] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def count(self) -> int:
        """How many requests were answered."""
        return self.codes.total()


class Records(logging.Handler):
    """Keeps what the server logs with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if record.exc_info or record.levelno >= logging.ERROR:
            self.texts.append("\n".join(logging.Formatter("%(message)s").format(record).splitlines()[-TRACE_LINES:]))


class Target:
    """The server, and the judge of its answers."""

    def __init__(self) -> None:
        settings = ApiServerSettings(
            tokens={"admin": Identity("admin", ("system:masters",)), "bob": Identity("bob", ("dev",))},
            service_account_keys=ServiceAccountKeys(tls.key_pem(tls.make_key())),
        )
        self.registry = Registry.builtin()
        self.server = ApiServer(MemoryStore(), self.registry, settings, RealClock(), randomness=random.Random(1))
        self.records = Records()
        self.tally = Tally()

    async def start(self, group: asyncio.TaskGroup) -> asyncio.Task[None]:
        """Make the server ready, with one custom kind; return its background work."""
        logging.getLogger("kubewheel").addHandler(self.records)
        await self.server.bootstrap()
        running = group.create_task(self.server.run(), name="server")
        for path, body in (
            ("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}}), (DEFINITIONS,
            DEFINITION),
        ):
            made = await self.server.handle(Request(
                "POST", path, {}, {"authorization": "Bearer admin"}, orjson.dumps(body),
            ))
            assert made.status == 201, made
        while self.registry.lookup("fuzz.example.com", "v1", "things") is None:
            await asyncio.sleep(0)
        return running

    def stop(self) -> None:
        """Stop listening to the log."""
        logging.getLogger("kubewheel").removeHandler(self.records)

    async def send(self, request: Request) -> Response | None:
        """Send a request and judge its answer."""
        started, seen = time.perf_counter(), len(self.records.texts)
        try:
            async with asyncio.timeout(SECONDS):
                response = await self.server.handle(request)
                data = await _content(response)
        except TimeoutError:
            self.tally.faults.append(Fault("no answer", request))
            return None
        self.tally.slowest = max(self.tally.slowest, time.perf_counter() - started)
        self.tally.codes[response.status] += 1
        traces = "\n".join(self.records.texts[seen:])
        if what := _wrong(response, data) or (traces and "a traceback"):
            self.tally.faults.append(Fault(f"{what}\n{traces}", request))
        return response


async def _content(response: Response) -> bytes:
    """Return what an answer holds; of a stream, its beginning."""
    if response.chunks is not None:
        data = b""
        try:
            async with asyncio.timeout(0.002):
                async for chunk in response.chunks:
                    data += chunk
        except TimeoutError:
            pass
        await response.chunks.aclose()  # type: ignore[attr-defined]
        return data
    if response.encoded is not None:
        return response.encoded
    if response.object is not None:
        return orjson.dumps(response.object)
    return response.body or b""


def _wrong(response: Response, data: bytes) -> str:
    """Return what is wrong with an answer."""
    status = response.status
    if not 100 <= status < 600:
        return f"status {status}"
    content_type = response.headers.get("Content-Type", "")
    is_json = content_type.startswith("application/json") and response.chunks is None
    value: Any = None
    if is_json and data and "Content-Encoding" not in response.headers:
        value = orjson.loads(data)
    for name, text in response.headers.items():
        if "\n" in text or "\r" in text:
            return f"header {name} has a line break"
    if status < 400:
        return ""
    if not isinstance(value, dict):
        return "no object" if is_json else ""
    if status >= 500 and not _is_upstreams(status, str(value.get("message"))):
        return f"status {status}: {value.get('message')}"
    if value.get("kind") != "Status" or value.get("status") != "Failure" or value.get("code") != status:
        return f"no Status: {data[:200]!r}"
    return "" if value.get("message") else "a Status without a message"


def _is_upstreams(status: int, message: str) -> bool:
    return status != 500 or message.startswith(UPSTREAMS)
