"""Writes what definitions say of themselves, and removes the objects of those that are deleted."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kubewheel.api import conditions, errors, objects
from kubewheel.api.custom import acceptance
from kubewheel.api.errors import StatusError
from kubewheel.apiserver.backend import Backend, Operation
from kubewheel.apiserver.custom_resources.service import DEFINITIONS
from kubewheel.apiserver.options import DeleteOptions
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Entry, Key, Unavailable

if TYPE_CHECKING:
    from kubewheel.apiserver.custom_resources.service import CustomResources

RETRY_SECONDS = 1.0  # While objects with finalizers keep a definition from going.
IN_PROGRESS = ("True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
COMPLETED = ("False", "InstanceDeletionCompleted", "removed all instances")
FAILED = ("True", "InstanceDeletionFailed")

log = logging.getLogger(__name__)


class Reconciler:
    """Keeps the status of all definitions; asleep while none changes."""

    def __init__(self, backend: Backend, custom: "CustomResources") -> None:
        self._backend = backend
        self._custom = custom
        self._waiting: set[str] = set()

    async def run(self) -> None:
        """Reconcile whatever changes; never returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                name = await self._custom.queue.next()
                if name in self._waiting:
                    continue  # Its own writes among others; it is looked at soon.
                try:
                    done = await self.reconcile(name)
                except (Conflict, Unavailable):
                    done = False
                if not done:
                    self._waiting.add(name)
                    create_task(group, self._again(name), name=f"definition-{name}")

    async def _again(self, name: str) -> None:
        """Let one definition be looked at later; the others need not wait for it."""
        await self._backend.clock.sleep(RETRY_SECONDS)
        self._waiting.discard(name)
        self._custom.queue.add(name)

    async def reconcile(self, name: str) -> bool:
        """Bring one definition to its wished state; False asks for another try."""
        store = self._backend.store
        entry = store.get(Key(DEFINITIONS, "", name))
        if entry is None:
            self._wake_rivals(name)
            return True
        if entry.object["metadata"].get("deletionTimestamp"):
            return await self._finish(entry)
        others = [each.object for each in self._same_group(name)]
        await self._write(entry, acceptance.judged(entry.object, others, self._backend.clock.now()))
        return True

    def _wake_rivals(self, name: str) -> None:
        """Look again at definitions that could not have all their names."""
        for each in self._same_group(name):
            known = (each.object.get("status") or {}).get("conditions") or ()
            if any(one.get("type") == acceptance.NAMES_ACCEPTED and one.get("status") == "False" for one in known):
                self._custom.queue.add(each.key.name)

    def _same_group(self, name: str) -> list[Entry]:
        """Return the definitions of the group of one; names say the group, so that no others need be decoded."""
        group = name.partition(".")[2]
        entries = self._backend.store.list(DEFINITIONS).entries
        return [each for each in entries if each.key.name.partition(".")[2] == group]

    async def _write(self, entry: Entry, new: dict[str, Any]) -> Entry:
        if new == entry.object:
            return entry
        return await self._backend.store.write(entry.key, new, expected=entry.revision)

    async def _finish(self, entry: Entry) -> bool:
        """Delete the objects of a definition that is being deleted, then let it go."""
        new = objects.copy(entry.object)
        finalizers = new["metadata"].get("finalizers") or []
        if acceptance.FINALIZER not in finalizers:
            return True
        now = self._backend.clock.now()
        if (conditions.find(new, acceptance.TERMINATING) or {}).get("reason") != FAILED[1]:
            acceptance.terminate(new, *IN_PROGRESS, now)
            entry = await self._write(entry, new)
        left = await self._delete_objects(entry.object)
        new = objects.copy(entry.object)
        if left:
            acceptance.terminate(new, *FAILED, f"could not confirm zero CustomResources remaining: {left} left", now)
            await self._write(entry, new)
            return False
        acceptance.terminate(new, *COMPLETED, now)
        new["metadata"]["finalizers"] = [each for each in finalizers if each != acceptance.FINALIZER]
        if new["metadata"]["finalizers"]:
            await self._write(entry, new)
        else:
            await self._backend.store.write(entry.key, None, expected=entry.revision)
        return True

    async def _delete_objects(self, definition: Object) -> int:
        """Delete what the definition brought; return how many objects something still holds."""
        key = f"{definition['spec']['names']['plural']}.{definition['spec']['group']}"
        served = self._custom.served(definition["metadata"]["name"])
        entries = self._backend.store.list(key).entries
        if not entries:
            return 0
        if served:
            await self._delete_each(served[0], entries)
        else:  # Nobody can reach them any more, so no finalizer of theirs could ever go.
            for entry in entries:
                await self._backend.store.write(entry.key, None, expected=entry.revision)
        return len(self._backend.store.list(key).entries)

    async def _delete_each(self, resource: Any, entries: Sequence[Entry]) -> None:
        from kubewheel.apiserver.verbs import delete

        for entry in entries:
            if entry.object["metadata"].get("deletionTimestamp"):
                continue
            operation = Operation(self._backend, resource, entry.key.namespace, entry.key.name)
            try:
                await delete.delete_object(operation, DeleteOptions())
            except StatusError as error:
                if error.code != errors.not_found("", "", "").code:
                    log.warning("cannot delete", extra={"key": "/".join(entry.key), "reason": str(error)})
