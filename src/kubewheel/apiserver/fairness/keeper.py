"""Keeps flow schemas and priority levels: makes those that every cluster has, puts them right, says which dangle.

Mandatory objects always are what they must be. Suggested ones are put right as long as their annotation says so: an
administrator who sets it to false keeps what they have made of them.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from kubewheel.api import conditions, objects
from kubewheel.api.flowcontrol import bootstrap as content
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import Correct, ensure
from kubewheel.apiserver.fairness.configuration import LEVELS, SCHEMAS
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Entry, Key, Unavailable

AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec"
LOOK_SECONDS = 60.0  # As often as upstream puts back what somebody deleted.
RETRY_SECONDS = 1.0
FIRST_GENERATION = 1


async def reconcile(backend: Backend) -> None:
    """Make levels, then schemas; repeatable."""
    for wanted in (*content.priority_levels(), *content.flow_schemas()):
        await ensure(backend, wanted, _correction(wanted))
    await write_statuses(backend)


def _correction(wanted: Object) -> Correct:
    is_mandatory = wanted["metadata"]["name"] in content.MANDATORY

    def correct(found: dict[str, Any]) -> None:
        if not is_mandatory and not _is_ours(found):
            return
        spec = objects.copy(wanted["spec"])
        if is_mandatory and (found.get("spec") or {}).get("exempt"):
            spec["exempt"] = found["spec"]["exempt"]  # The one part of what is mandatory that may be chosen.
        found["spec"] = spec
        if is_mandatory:
            found["metadata"].setdefault("annotations", {})[AUTO_UPDATE] = "true"

    return correct


def _is_ours(found: Object) -> bool:
    """Tell whether the server may change a suggested object; one without annotation if nobody has changed it yet."""
    said = (found["metadata"].get("annotations") or {}).get(AUTO_UPDATE)
    return said == "true" or (said is None and found["metadata"].get("generation") == FIRST_GENERATION)


class Keeper:
    """Follows both kinds, and acts on what it sees in the background."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._changed = asyncio.Event()
        self._is_waiting = False  # To put back what somebody deleted.

    def refresh(self, key: Key) -> None:
        """Take note of a write."""
        self._changed.set()

    async def run(self) -> None:
        """Keep both kinds; never returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._changed.wait()
                self._changed.clear()
                try:
                    await self._restore(_mandatory())
                    await write_statuses(self._backend)
                except (Conflict, Unavailable):  # Somebody else writes at the same time, or nobody can.
                    await self._backend.clock.sleep(RETRY_SECONDS)
                    self._changed.set()
                if not self._is_waiting and any(self._backend.store.get(key) is None for key, _ in _suggested()):
                    self._is_waiting = True
                    create_task(group, self._restore_later(), name="flow-schemas")

    async def _restore_later(self) -> None:
        await self._backend.clock.sleep(LOOK_SECONDS)
        self._is_waiting = False
        with suppress(Conflict, Unavailable):
            await self._restore(_suggested())
        self._changed.set()

    async def _restore(self, wanted: Iterable[tuple[Key, Object]]) -> None:
        for key, each in wanted:
            if self._backend.store.get(key) is None:
                await ensure(self._backend, each)


async def write_statuses(backend: Backend) -> None:
    """Say of each schema whether its level exists."""
    levels = {entry.key.name for entry in backend.store.list(LEVELS).entries}
    for entry in backend.store.list(SCHEMAS).entries:
        level = ((entry.object.get("spec") or {}).get("priorityLevelConfiguration") or {}).get("name") or ""
        wanted = dangling(level, exists=level in levels)
        found = conditions.find(entry.object, "Dangling") or {}
        if any(found.get(name) != value for name, value in wanted.items()):
            now = rfc3339(backend.clock.now())
            new = _with_condition(entry, {**wanted, "lastTransitionTime": now})
            await backend.store.write(entry.key, new, expected=entry.revision)


def _with_condition(entry: Entry, condition: Mapping[str, str]) -> dict[str, Any]:
    new = objects.copy(entry.object)
    known = (new.get("status") or {}).get("conditions") or ()
    others = [each for each in known if each.get("type") != condition["type"]]
    new["status"] = {"conditions": [*others, condition]}
    return new


def dangling(level: str, *, exists: bool) -> Mapping[str, str]:
    """Return the condition of a schema that names `level`, without its time."""
    text = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}"'
    if exists:
        return {"type": "Dangling", "status": "False", "reason": "Found", "message": f"{text} and it exists"}
    return {
        "type": "Dangling", "status": "True", "reason": "NotFound", "message": f"{text} but there is no such object",
    }


def _keyed(made: Iterable[Object]) -> list[tuple[Key, Object]]:
    resources = {"FlowSchema": SCHEMAS, "PriorityLevelConfiguration": LEVELS}
    return [(Key(resources[each["kind"]], "", each["metadata"]["name"]), each) for each in made]


def _suggested() -> list[tuple[Key, Object]]:
    return _keyed([*content.priority_levels(), *content.flow_schemas()])


def _mandatory() -> list[tuple[Key, Object]]:
    return [each for each in _suggested() if each[0].name in content.MANDATORY]
