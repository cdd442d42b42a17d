"""The cluster for asynchronous tests: `Cluster` in its thread, its verbs awaited in the test's own loop."""

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

from kubewheel.testing import libraries
from kubewheel.testing.blocking import SyncCluster
from kubewheel.testing.endpoint import Access
from kubewheel.testing.thread import ANSWERS, LoopThread

__tracebackhide__ = True  # See `thread`.


if TYPE_CHECKING:
    from kubewheel.client import Client
    from kubewheel.testing.clock import Time
    from kubewheel.testing.cluster import Cluster as Verbs
else:
    Verbs = object  # They are those of a `Cluster`; `Bridge` finds them.


class Bridge:
    """Stands in for an object that belongs to another thread's loop: what it does there is awaited here."""

    def __init__(self, target: Any, thread: LoopThread) -> None:
        self._target = target
        self._thread = thread

    if not TYPE_CHECKING:  # Types come from what it stands in for.

        def __getattr__(self, name: str) -> Any:
            found = getattr(self._target, name)
            if inspect.iscoroutinefunction(found):
                return _awaited(found, self._thread)
            if inspect.isasyncgenfunction(found):
                return _iterated(found, self._thread)
            return _called(found, self._thread) if inspect.isroutine(found) else found


class AsyncCluster(Bridge, Verbs):
    """A `Cluster` that lives in another thread; its clients open the port when they are needed."""

    def __init__(self, cluster: SyncCluster) -> None:
        super().__init__(cluster.cluster, cluster.thread)
        self._clients = cluster.clients
        self.blocking = cluster
        self.clock = cast("Time", Bridge(cluster.cluster.clock, cluster.thread))

    @functools.cached_property
    def client(self) -> "Client":
        """Our client, in memory, with all rights."""
        return cast("Client", Bridge(self._target.client, self._thread))

    @property
    def awaited(self) -> "AsyncCluster":
        """This cluster; see `blocking`."""
        return self

    @property
    def access(self) -> Access:
        """What clients need: the port opens when this is first asked for."""
        access: Access = self._thread.wait(self._target.listen())
        return access

    @property
    def url(self) -> str:
        """Where the HTTPS port is."""
        return self.access.url

    @property
    def kubeconfig(self) -> Any:
        """A client configuration with all rights."""
        return self.access.kubeconfig

    @property
    def kubernetes(self) -> Any:
        """A kubernetes.client.ApiClient; its calls block the test's loop, not the cluster."""
        return self._clients.get("kubernetes", self.access)

    @functools.cached_property
    def kubernetes_asyncio(self) -> Any:
        """A kubernetes_asyncio.client.ApiClient for the test's loop; close it in the test."""
        return libraries.kubernetes_asyncio(self.access)

    @property
    def kr8s(self) -> Coroutine[Any, Any, Any]:
        """A kr8s.asyncio Api, once awaited."""
        return libraries.kr8s_async(self.access)

    @functools.cached_property
    def lightkube(self) -> Any:
        """A lightkube.AsyncClient."""
        return libraries.lightkube_async(self.access)

    @property
    def pykube(self) -> Any:
        """A pykube.HTTPClient; its calls block the test's loop, not the cluster."""
        return self._clients.get("pykube", self.access)


def _awaited(function: Callable[..., Coroutine[Any, Any, Any]], thread: LoopThread) -> Callable[..., Any]:
    @functools.wraps(function)
    async def awaited(*arguments: Any, **named: Any) -> Any:
        try:
            return await asyncio.wrap_future(thread.submit(function(*arguments, **named)))
        except ANSWERS as error:
            raise error.with_traceback(None) from error.__cause__

    return awaited


def _iterated(function: Callable[..., Any], thread: LoopThread) -> Callable[..., AsyncIterator[Any]]:
    async def iterated(*arguments: Any, **named: Any) -> AsyncIterator[Any]:
        source, end = function(*arguments, **named), object()

        async def following() -> Any:
            return await anext(source, end)

        try:
            while (item := await asyncio.wrap_future(thread.submit(following()))) is not end:
                yield item
        finally:
            await asyncio.wrap_future(thread.submit(source.aclose()))

    return iterated


def _called(function: Callable[..., Any], thread: LoopThread) -> Callable[..., Any]:
    def called(*arguments: Any, **named: Any) -> Any:
        found = thread.call(function, *arguments, **named)
        if isinstance(found, AbstractAsyncContextManager):
            return _AsyncScope(found, thread)
        return _Scope(found, thread) if isinstance(found, AbstractContextManager) else found

    return called


class _Scope(AbstractContextManager[Any]):
    """A context manager that is entered and left on the other thread's loop."""

    def __init__(self, scope: AbstractContextManager[Any], thread: LoopThread) -> None:
        self._scope = scope
        self._thread = thread

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scope, name)

    def __enter__(self) -> Any:
        return self._thread.call(self._scope.__enter__)

    def __exit__(self, *error: Any) -> None:
        self._thread.call(self._scope.__exit__, *error)


class _AsyncScope(AbstractAsyncContextManager[Any]):
    """An asynchronous context manager that is entered and left on the other thread's loop."""

    def __init__(self, scope: AbstractAsyncContextManager[Any], thread: LoopThread) -> None:
        self._scope = scope
        self._thread = thread

    async def __aenter__(self) -> Any:
        return await _awaited(self._scope.__aenter__, self._thread)()

    async def __aexit__(self, *error: Any) -> None:
        await _awaited(self._scope.__aexit__, self._thread)(*error)
