"""The API server with a stage in front: counts what is under way, and lets requests meet faults.

The stage wraps the server's handler from outside; everything behind it is the server that clusters run.
"""

import asyncio
import fnmatch
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from kubewheel.api.errors import StatusError
from kubewheel.apiserver import ApiServer, answers
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.nodes import NodeConnector, NoNodes
from kubewheel.apiserver.request_info import RequestInfo, resolve
from kubewheel.libs.wire import Object, Request, Response
from kubewheel.storage import Event
from kubewheel.storage.memory import MemoryStore
from kubewheel.storage.watchers import Watcher
from kubewheel.testing.faults import CLIENTS, EVERYBODY, Asked, Faults

if TYPE_CHECKING:
    from kubewheel.testing.metrics import Meter

MEASURED = "metrics.k8s.io"
REFUSALS = frozenset((401, 403, 429))
TESTER = "kubewheel:tester"  # The user of the test's own client.
T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


class WatchedStore(MemoryStore):
    """A store that remembers its running watches and who asked for them."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.askers: dict[asyncio.Task[Any] | None, str] = {}  # Who is being answered by which task.
        self.watch_begun = asyncio.Event()
        self._watches: WeakKeyDictionary[Watcher, tuple[str, str]] = WeakKeyDictionary()

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watcher:
        """Start a watch; see `Store.watch`."""
        watch = super().watch(resource, namespace, revision=revision, name=name, interest=interest)
        assert isinstance(watch, Watcher), "the store in memory watches by Watchers"
        who = self.askers.get(asyncio.current_task())
        if who is not None:
            self._watches[watch] = (resource, who)
            self.watch_begun.set()
        return watch

    def watches(self, resource: str, by: str) -> list[Watcher]:
        """Return the running watches of `resource` (`plural` or `plural.group`; a pattern) that `by` asked for."""
        return [
            watch for watch, (key, who) in list(self._watches.items())
            if watch.is_running
            and (fnmatch.fnmatchcase(key, resource) or fnmatch.fnmatchcase(key.partition(".")[0], resource))
            and (by == EVERYBODY or (not who if by == CLIENTS else fnmatch.fnmatchcase(who, by)))
        ]


class SwitchedNodes:
    """A NodeConnector that is connected once there are nodes."""

    def __init__(self) -> None:
        self.target: NodeConnector = NoNodes()

    async def send(self, node: Object, request: Request) -> Response:
        """Return the answer of the agent of `node`."""
        return await self.target.send(node, request)


class StagedServer(ApiServer):
    """An API server whose requests pass `faults` first."""

    faults: Faults
    store: WatchedStore
    meter: "Meter | None"

    def stage(self, store: WatchedStore, faults: Faults) -> None:
        """Put the stage in front."""
        self.store = store
        self.faults = faults
        self.meter = None  # Of the nodes, where there are some.
        self.under_way = 0  # Requests, watches and streams apart.
        self.last_request = 0.0  # Of a client, by the event loop's time.

    async def handle(self, request: Request) -> Response:
        """Answer a request that came over a socket."""
        return await self._staged(request, super().handle)

    async def handle_in_memory(self, request: Request) -> Response:
        """Answer a request of this process."""
        return await self._staged(request, super().handle_in_memory)

    async def _staged(self, request: Request, handle: Handler) -> Response:
        who = request.identity.name if request.identity is not None else ""
        asked = Asked(_info(request), "" if who == TESTER else who)
        if not asked.who:
            self.last_request = asyncio.get_running_loop().time()
        task = asyncio.current_task()
        counts = not asked.info.is_long_running
        self.under_way += counts
        self.store.askers[task] = asked.who
        try:
            if not self.faults.active:
                return await self._metered(request, asked, handle)
            return await self._faulty(request, asked, handle)
        finally:
            self.under_way -= counts
            self.store.askers.pop(task, None)

    async def _metered(self, request: Request, asked: Asked, handle: Handler) -> Response:
        """Answer what the pipeline let pass but has no objects for: what pods and nodes use."""
        response = await handle(request)
        is_asked = asked.info.group == MEASURED and asked.info.resource and asked.info.verb in ("get", "list")
        if self.meter is None or not is_asked or response.status in REFUSALS:
            return response
        try:
            return self.meter.answer(request, asked.info)
        except StatusError as error:
            return answers.failure(Exchange(request), error)

    async def _faulty(self, request: Request, asked: Asked, handle: Handler) -> Response:
        met = self.faults.meet(asked)
        for fault in met:
            if fault.delay:
                await asyncio.sleep(fault.delay)
            if fault.drop == "before":
                raise ConnectionResetError("the test broke the connection")
            if fault.status:
                return answers.failure(Exchange(request), fault.error(asked.info))
        response = await self._metered(request, asked, handle)
        if any(fault.drop for fault in met):
            raise ConnectionResetError("the test broke the connection")
        pause = max((fault.pause for fault in met), default=0.0)
        if pause and response.events is not None:
            response.events = _slowly(response.events, pause)
        elif pause and response.chunks is not None:
            response.chunks = _slowly(response.chunks, pause)
        return response


def _info(request: Request) -> RequestInfo:
    try:
        return resolve(request)
    except StatusError:
        return RequestInfo(path=request.path)  # The server itself says what is wrong with it.


async def _slowly(source: AsyncIterator[T], seconds: float) -> AsyncIterator[T]:
    async with aclosing(source) as portions:  # type: ignore[type-var]
        async for portion in portions:
            await asyncio.sleep(seconds)
            yield portion
