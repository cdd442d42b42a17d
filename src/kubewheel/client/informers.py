"""Informers: one shared informer for each kind and selection, all run by one task group."""

import asyncio
import random as random_module
from collections.abc import Mapping

from kubewheel.client.client import Client, Selection
from kubewheel.client.informer import IndexFunction, Informer
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

Name = tuple[str, Selection]


class Informers:
    """Hands out informers; the same question gets the same informer."""

    def __init__(self, client: Client, clock: Clock, random: random_module.Random | None = None) -> None:
        self.client = client
        self._clock = clock
        self._random = random or random_module.Random()  # noqa: S311 - jitter
        self._informers: dict[Name, Informer] = {}
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[Name, asyncio.Task[None]] = {}

    def informer(
        self, kind: str, *, namespace: str = "", labels: str = "", fields: str = "",
        indexes: Mapping[str, IndexFunction] | None = None, metadata_only: bool = False,
    ) -> Informer:
        """Return the shared informer; it starts at once if `run` is under way, otherwise with it."""
        name = (kind, Selection(namespace, labels, fields, metadata_only))
        found = self._informers.get(name)
        if found is None:
            found = Informer(
                self.client, kind, namespace=namespace, labels=labels, fields=fields, clock=self._clock,
                metadata_only=metadata_only, random=self._random,
            )
            self._informers[name] = found
            self._start(name, found)
        for index, function in (indexes or {}).items():
            found.add_index(index, function)
        return found

    def existing(self, kind: str) -> Informer | None:
        """Return the informer that holds all whole objects of `kind`, if somebody asked for it."""
        return self._informers.get((kind, Selection()))

    def all(self) -> list[Informer]:
        """Return every informer."""
        return list(self._informers.values())

    def forget(self, informer: Informer) -> None:
        """Stop an informer whose kind is not served any more."""
        name = (informer.kind, informer.selection)
        self._informers.pop(name, None)
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()

    def note(self, kind: str, obj: Object) -> None:
        """Show a write's outcome to the readers of `kind` before the watch tells of it."""
        found = self.existing(kind)
        if found is not None:
            found.note(obj)

    def note_deleted(self, kind: str, namespace: str, name: str, uid: str) -> None:
        """Show a completed deletion to the readers of `kind` before the watch tells of it."""
        found = self.existing(kind)
        if found is not None:
            found.note_deleted(namespace, name, uid)

    async def wait_synced(self) -> None:
        """Return once every informer has its first list."""
        for informer in self.all():
            await informer.wait_synced()

    async def run(self) -> None:
        """Run every informer, also those asked for later; never returns."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            for name, informer in list(self._informers.items()):
                self._start(name, informer)
            try:
                await asyncio.Event().wait()
            finally:
                self._group = None

    def _start(self, name: Name, informer: Informer) -> None:
        if self._group is not None:
            self._tasks[name] = tasks.create_task(self._group, informer.run(), name=f"informer {informer.kind}")
