"""The stage of the pipeline at which requests wait until there is room for them."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubewheel.api import errors
from kubewheel.api.errors import StatusError
from kubewheel.apiserver.exchange import Exchange, Handler, release
from kubewheel.apiserver.fairness import queues, waits
from kubewheel.apiserver.fairness.configuration import Configuration, Flow
from kubewheel.apiserver.fairness.queues import Queue
from kubewheel.apiserver.in_flight import too_many
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Response

if TYPE_CHECKING:
    from kubewheel.storage import Store

OBJECTS_PER_SEAT = 100  # A list of more occupies the server for longer than other requests do.
MOST_SEATS = 10
WAIT_PART = 0.25  # Of a request's time it may spend in a queue.


class Fairness:
    """Lets requests in by the rules of priority and fairness. Watches count until they have begun.

    Requests of the server's own process wait in the same queues, but are never sent away: they would come back at once.
    """

    def __init__(self, store: "Store", max_reads: int, max_writes: int, request_seconds: float, clock: Clock) -> None:
        self.configuration = Configuration(store, max_reads + max_writes)
        self._under_way = {True: 0, False: 0}  # Reads, writes.
        self.waits = waits.Waits()
        self._store = store
        self._wait_seconds = request_seconds * WAIT_PART
        self._clock = clock

    @property
    def reads(self) -> int:
        """How many reads are under way."""
        return self._under_way[True]

    @property
    def writes(self) -> int:
        """How many writes are under way."""
        return self._under_way[False]

    def lines(self) -> Iterator[str]:
        """Yield the metrics."""
        return waits.lines(self.configuration, self.waits)

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Let the request pass when its turn comes, or refuse it with 429."""
        info = exchange.info
        if info.is_long_running and info.verb != "watch":
            return await handle(exchange)
        flow = self.configuration.flow(exchange.identity, info)
        is_read = info.is_read
        self._under_way[is_read] += 1
        try:
            response = await self._pass(flow, exchange, handle)
        except StatusError as error:
            error.headers |= flow.headers
            raise
        finally:
            self._under_way[is_read] -= 1
        if not exchange.in_memory:
            response.headers |= flow.headers
        return response

    async def _pass(self, flow: Flow, exchange: Exchange, handle: Handler) -> Response:
        level = flow.level
        seats = level.fit(self._list_seats(exchange)) if exchange.info.verb == "list" else 1
        if level.waiting or not level.has_room(seats):
            return await self._wait_and_pass(flow, exchange, handle, seats)
        level.take(seats)
        flow.schema.dispatched += 1
        exchange.seats = (level, seats)
        try:
            return await handle(exchange)
        finally:
            release(exchange)

    async def _wait_and_pass(self, flow: Flow, exchange: Exchange, handle: Handler, seats: int) -> Response:
        begun = self._clock.monotonic()
        queue = await self._wait(flow, exchange, seats)
        started = self._clock.monotonic()
        self.waits.observe(flow.level.name, flow.schema.name, started - begun)
        flow.schema.dispatched += 1
        exchange.seats = (flow.level, seats)
        try:
            return await handle(exchange)
        finally:
            flow.level.done(queue, seats, self._clock.monotonic() - started)
            release(exchange)

    async def _wait(self, flow: Flow, exchange: Exchange, seats: int) -> Queue:
        """Return the queue that the request has come through, with its seats taken."""
        level = flow.level
        queue = level.shortest(flow.hand)
        if len(queue.waiters) >= level.queue_length and not exchange.in_memory:
            flow.schema.rejected += 1
            raise too_many()
        waiter = queues.new_waiter(seats, flow.schema, flow.distinguisher, self._clock.now(), exchange)
        level.enqueue(queue, waiter)
        try:
            async with asyncio.timeout(None if exchange.in_memory else self._wait_seconds) as limit:
                await waiter.future
        except BaseException:
            if waiter.future.done() and not waiter.future.cancelled():  # Let in at the moment at which it gave up.
                level.done(queue, seats, 0.0)
                level.give_back(seats)
            level.leave(queue, waiter)
            if limit.expired():
                flow.schema.timed_out += 1
                raise too_many() from None
            raise
        return queue

    def _list_seats(self, exchange: Exchange) -> int:
        info = exchange.info
        key = errors.qualified(info.group, info.resource)
        count = self._store.list(key, info.namespace, limit=1).more + 1
        limit = exchange.request.parameter("limit") if exchange.request.query else ""
        if limit.isdecimal() and int(limit) > 0:
            count = min(count, int(limit))
        return min(MOST_SEATS, -(-count // OBJECTS_PER_SEAT))
