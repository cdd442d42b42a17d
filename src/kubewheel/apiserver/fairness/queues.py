"""The queues of one priority level: fair between flows, by start-time fair queueing.

A queue's next request starts, in virtual time, when the work that the queue has had so far is over, but not before the
virtual time of now. Whoever starts first gets the seat: a flow with much work waits behind those with little.
"""

from asyncio import Future, get_running_loop
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.apiserver.fairness.classification import Schema
from kubewheel.apiserver.fairness.seats import EXEMPT, Limits, Pool
from kubewheel.libs.wire import Object

WORK_SECONDS = 0.003  # What a request is thought to take, and what it counts for at least.
NOTHING = Limits(0, 0, 0)


@dataclass(slots=True, eq=False)
class Waiter:
    """A request that waits; its future tells whether it may go on."""

    future: Future[None]
    seats: int
    schema: Schema
    distinguisher: str
    arrived: float
    about: Any


class Queue:
    """Requests that wait in line, and the virtual time at which the next of them starts."""

    __slots__ = ("executing", "index", "seats", "start", "waiters", "wanted")

    def __init__(self, index: int) -> None:
        self.index = index
        self.waiters: deque[Waiter] = deque()
        self.wanted = 0  # Seats of those who wait.
        self.start = 0.0
        self.executing = 0
        self.seats = 0


class Level:
    """One priority level: its seats, and the queues before them."""

    def __init__(self, name: str, pool: Pool) -> None:
        self.name = name
        self.uid = ""
        self.is_exempt = False
        self.limits = NOTHING
        self.queue_count = self.hand_size = self.queue_length = 0
        self.in_use = 0  # Seats.
        self.executing = 0  # Requests.
        self.waiting = 0
        self.is_quiescing = False
        self.queues: dict[int, Queue] = {}  # Those that have been used.
        self._virtual = 0.0
        self._pool = pool

    def configure(self, uid: str, spec: Object, limits: Limits) -> None:
        """Take over what the level's configuration says by now."""
        before = self._beyond(self.in_use)
        self.uid, self.limits, self.is_exempt = uid, limits, spec.get("type") == EXEMPT
        self._pool.used += self._beyond(self.in_use) - before
        response: Mapping[str, Any] = (spec.get("limited") or {}).get("limitResponse") or {}
        queuing = response.get("queuing") or {}
        self.queue_count = int(queuing.get("queues") or 0)
        self.hand_size = min(int(queuing.get("handSize") or 0), self.queue_count)
        self.queue_length = int(queuing.get("queueLengthLimit") or 0)

    def fit(self, seats: int) -> int:
        """Return for how many seats a request of `seats` has to wait: no more than the level can ever have."""
        return seats if seats == 1 else max(1, min(seats, self.limits.nominal))

    def has_room(self, seats: int) -> bool:
        """Tell whether a request can go on now."""
        if self.is_exempt:
            return True
        after = self.in_use + seats
        if after > self.limits.most:
            return False
        if after <= self.limits.least:
            return True
        return self._pool.used + self._beyond(after) - self._beyond(self.in_use) <= self._pool.size

    def _beyond(self, in_use: int) -> int:
        """Return how many seats of the pool `in_use` seats are; exempt requests take no more than their share."""
        beyond = max(0, in_use - self.limits.least)
        return min(beyond, self.limits.nominal - self.limits.least) if self.is_exempt else beyond

    def take(self, seats: int) -> None:
        """Begin a request."""
        if self.in_use + seats > self.limits.least:
            self._pool.used += self._beyond(self.in_use + seats) - self._beyond(self.in_use)
        self.in_use += seats
        self.executing += 1

    def give_back(self, seats: int) -> None:
        """End a request, and let those in who have waited for its seats."""
        if self.in_use > self.limits.least:
            self._pool.used += self._beyond(self.in_use - seats) - self._beyond(self.in_use)
        self.in_use -= seats
        self.executing -= 1
        self._pool.feed()

    def shortest(self, hand: tuple[int, ...]) -> Queue:
        """Return the queue of `hand` that has the least to do."""
        known = self.queues
        found = [known[index] if index in known else known.setdefault(index, Queue(index)) for index in hand or (0,)]
        return min(found, key=lambda queue: queue.wanted + queue.seats)

    def enqueue(self, queue: Queue, waiter: Waiter) -> None:
        """Let a request wait."""
        if not queue.waiters and not queue.executing:
            queue.start = max(queue.start, self._virtual)
        queue.waiters.append(waiter)
        queue.wanted += waiter.seats
        self.waiting += 1
        self._pool.want(self, waits=True)

    def leave(self, queue: Queue, waiter: Waiter) -> None:
        """Let a request wait no more; nothing happens if it has been let in."""
        if waiter in queue.waiters:
            queue.waiters.remove(waiter)
            self._left(queue, waiter)

    def _left(self, queue: Queue, waiter: Waiter) -> None:
        queue.wanted -= waiter.seats
        self.waiting -= 1
        if not self.waiting:
            self._pool.want(self, waits=False)

    def feed(self) -> None:
        """Let requests in for which there is room, those of the queue with the earliest start first."""
        while self.waiting:
            queue = min((each for each in self.queues.values() if each.waiters), key=_earliest)
            waiter = queue.waiters[0]
            has_gone = waiter.future.done()  # Its client has gone while nobody looked.
            if not has_gone and not self.has_room(waiter.seats):
                return
            queue.waiters.popleft()
            self._left(queue, waiter)
            if has_gone:
                continue
            self._virtual = max(self._virtual, queue.start)
            queue.start += WORK_SECONDS * waiter.seats
            queue.executing += 1
            queue.seats += waiter.seats
            self.take(waiter.seats)
            waiter.future.set_result(None)

    def done(self, queue: Queue, seats: int, seconds: float) -> None:
        """Put the virtual time of a queue right once it is known that its request took longer than thought."""
        queue.start += max(0.0, seconds - WORK_SECONDS) * seats
        queue.executing -= 1
        queue.seats -= seats
        if not queue.waiters and not queue.executing and queue.start <= self._virtual:
            self.queues.pop(queue.index, None)


def _earliest(queue: Queue) -> float:
    return queue.start + WORK_SECONDS * queue.waiters[0].seats


def new_waiter(seats: int, schema: Schema, distinguisher: str, arrived: float, about: Any) -> Waiter:
    """Return a waiter of the running event loop."""
    return Waiter(get_running_loop().create_future(), seats, schema, distinguisher, arrived, about)
