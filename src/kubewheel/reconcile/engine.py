"""The engine: runs controllers, catches what they raise, and knows when nothing is left to do.

Flow: informer → handler (which keys?) → queue → worker → reconcile → Done, Later, back-off.  An exception of a
reconcile is logged when it is new for its key, not each time it comes again.
"""

import asyncio
import functools
import logging
import random as random_module
import re
from collections.abc import Callable, Iterable

from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Informer, Informers, Recorder
from kubewheel.client.events import WARNING
from kubewheel.client.paths import kind_of
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object
from kubewheel.reconcile import ownership
from kubewheel.reconcile.controller import SHARED, Change, Controller
from kubewheel.reconcile.outcome import Later, Terminal
from kubewheel.reconcile.queue import Queue
from kubewheel.reconcile.timers import Timers
from kubewheel.reconcile.world import Key, World, key_of

# Refusals that are part of normal life: somebody else was faster, or the object is gone.
EXPECTED = frozenset((404, 409, 410))

QUOTED = re.compile(r'"[^"]*"')

log = logging.getLogger(__name__)


class _Runner:
    """One controller at work."""

    def __init__(self, controller: Controller, engine: "Engine") -> None:
        self.controller = controller
        self.queue: Queue[Key] = Queue(engine.timers)
        client = engine.client_of(controller)
        self.recorder = Recorder(client, controller.component or controller.name, clock=engine.clock)
        self.world = World(client, engine.informers, self.recorder, engine.clock, engine.random, self.queue.add)
        self.errors: dict[Key, str] = {}
        self._informers: set[Informer] = set()

    def connect(self) -> None:
        """Ask for the informers and tell them where changes go."""
        controller, informers = self.controller, self.world.informers
        for kind, indexes in controller.indexes.items():
            self._informers.add(informers.informer(kind, indexes=indexes))
        if controller.watches:
            self._watch(informers.informer(controller.watches), self._changed)
        for kind in controller.owns:
            self._watch(informers.informer(kind, indexes=ownership.INDEXES), self._owned_changed)
        for key in controller.first:
            self.queue.add(key)
        for maps in controller.maps:
            watched = informers.informer(maps.kind, fields=maps.fields)
            self._watch(watched, functools.partial(self._mapped_changed, maps.keys))

    def _watch(self, informer: Informer, handler: Callable[[str, Object | None, Object | None], None]) -> None:
        self._informers.add(informer)
        informer.add_handler(handler)

    def _changed(self, type: str, new: Object | None, old: Object | None) -> None:
        change = Change(type, new, old)
        if self.controller.ignores is None or not self.controller.ignores(change):
            self.queue.add(key_of(change.object))

    def _owned_changed(self, type: str, new: Object | None, old: Object | None) -> None:
        for obj in (new, old):
            reference = ownership.controller_of(obj) if obj is not None else None
            if obj is not None and reference is not None and self._is_mine(reference):
                self.queue.add(Key(obj["metadata"].get("namespace", ""), reference["name"]))

    def _is_mine(self, reference: Object) -> bool:
        return kind_of(reference["apiVersion"], reference["kind"]) == self.controller.watches

    def _mapped_changed(
        self, keys: Callable[[World, Change], Iterable[Key]], type: str, new: Object | None, old: Object | None
    ) -> None:
        for key in keys(self.world, Change(type, new, old)):
            self.queue.add(key)

    async def run(self) -> None:
        """Wait for the caches, then work."""
        for informer in self._informers:
            await informer.wait_synced()
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self.recorder.run(), name=f"{self.controller.name} events")
            for number in range(self.controller.workers):
                tasks.create_task(group, self._work(), name=f"{self.controller.name} worker {number}")

    async def _work(self) -> None:
        while True:
            key = await self.queue.take()
            try:
                await self._reconcile(key)
            finally:
                self.queue.done(key)

    async def _reconcile(self, key: Key) -> None:
        try:
            outcome = await self.controller.reconcile(key, self.world)
        except Terminal as terminal:
            self._report(key, terminal)
            self.queue.forget(key)
            self._tell(key, terminal)
        except Exception as error:
            self._report(key, error)
            self.queue.add_failed(key)
        else:
            self.errors.pop(key, None)
            self.queue.forget(key)
            if isinstance(outcome, Later):
                self.queue.add_after(key, outcome.seconds)

    def _tell(self, key: Key, terminal: Terminal) -> None:
        obj = self.world.get(self.controller.watches, key) if self.controller.watches else None
        if obj is not None:
            self.world.event(obj, WARNING, terminal.reason, terminal.message)

    def _report(self, key: Key, error: Exception) -> None:
        # Names in quotes may be generated anew with each try.
        text = QUOTED.sub('""', f"{type(error).__name__}: {error}")
        if self.errors.get(key) == text:
            return
        self.errors[key] = text
        if isinstance(error, StatusError) and error.code in EXPECTED:
            log.debug("%s: %s: %s", self.controller.name, key, error)
        elif isinstance(error, StatusError | OSError | Terminal):
            log.warning("%s: cannot reconcile %s: %s", self.controller.name, key, error)
        else:
            log.error("%s: cannot reconcile %s", self.controller.name, key, exc_info=error)


class Engine:
    """Runs controllers over shared informers; who runs it also runs the informers."""

    def __init__(
        self, informers: Informers, *, clock: Clock, client_for: Callable[[str], Client] | None = None,
        random: random_module.Random | None = None,
    ) -> None:
        self.informers = informers
        self.clock = clock
        self.timers = Timers(clock)
        self.client_for = client_for or (lambda _: informers.client)
        self.random = random or random_module.Random()  # noqa: S311 - jitter and names, no secrets
        self._runners: list[_Runner] = []

    def add(self, controller: Controller) -> World:
        """Connect a controller, before `run`, and return its world."""
        runner = _Runner(controller, self)
        self._runners.append(runner)
        runner.connect()
        return runner.world

    def client_of(self, controller: Controller) -> Client:
        """Return the client by which a controller writes."""
        if controller.identity == SHARED:
            return self.informers.client
        return self.client_for(controller.identity or controller.name)

    @property
    def idle(self) -> bool:
        """Whether no key is ready or being worked on and no event waits; keys may still wait for their time."""
        return all(runner.queue.idle and runner.recorder.idle for runner in self._runners)

    @property
    def busy(self) -> dict[str, int]:
        """How many keys are ready or being worked on, for each controller that has any."""
        return {
            runner.controller.name: len(runner.queue) or 1 for runner in self._runners
            if not (runner.queue.idle and runner.recorder.idle)
        }

    @property
    def retrying(self) -> int:
        """How many keys failed the last time and wait for their next try."""
        return sum(runner.queue.retrying for runner in self._runners)

    @property
    def failing(self) -> dict[str, str]:
        """What failed the last time, by controller and key, and how."""
        return {
            f"{runner.controller.name} {key}": text for runner in self._runners for key, text in runner.errors.items()
        }

    @property
    def next_deadline(self) -> float | None:
        """The monotonic time at which the next waiting key becomes ready, or None."""
        return self.timers.next_deadline

    async def run(self) -> None:
        """Run all controllers; never returns."""
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self.timers.run(), name="timers")
            for runner in self._runners:
                tasks.create_task(group, runner.run(), name=runner.controller.name)
