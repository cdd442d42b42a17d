"""Watching the runtime: whose pod changed? Told by the runtime at once, and found by listing now and then.

In: the runtime's changes and lists.  Out: `changed(uid)` for each pod whose sandboxes or containers differ from what
was seen last.
"""

import asyncio
import logging
from collections.abc import Callable

from kubewheel.kubelet import labels
from kubewheel.kubelet.runtime import Container, Runtime, RuntimeFailure, RuntimeUnavailable, Sandbox
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock

RETRY_SECONDS = 1.0
RARE = 10  # How much rarer lists become while the runtime tells of changes.

log = logging.getLogger(__name__)


class RuntimeWatch:
    """Finds out which pods changed."""

    def __init__(
        self, runtime: Runtime, clock: Clock, relist_seconds: float, changed: Callable[[str], None]
    ) -> None:
        self._runtime = runtime
        self._clock = clock
        self._relist_seconds = relist_seconds
        self._changed = changed
        self._pods: dict[str, frozenset[tuple[str, str]]] = {}
        self._owners: dict[str, str] = {}  # sandbox or container id → pod uid
        self._telling = False
        self._problem = ""
        self.listed_at = 0.0  # monotonic; how long ago the runtime was last seen alive

    async def relist(self) -> None:
        """List everything and tell of what changed; raise RuntimeUnavailable."""
        fresh: dict[str, set[tuple[str, str]]] = {}
        owners: dict[str, str] = {}
        listed: list[Sandbox | Container] = [*await self._runtime.list_sandboxes()]
        listed.extend(await self._runtime.list_containers())
        for found in listed:
            uid = labels.pod_uid(found)
            if uid:
                fresh.setdefault(uid, set()).add((found.id, found.state))
                owners[found.id] = uid
        before, self._owners = self._pods, owners
        self._pods = {uid: frozenset(states) for uid, states in fresh.items()}
        self.listed_at = self._clock.monotonic()
        for uid in before.keys() | self._pods.keys():
            if before.get(uid) != self._pods.get(uid):
                self._changed(uid)

    def uids(self) -> frozenset[str]:
        """Return the uids of all pods that the runtime had at the last list."""
        return frozenset(self._pods)

    async def run(self) -> None:
        """Watch; never returns."""
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self._list_now_and_then(), name="runtime lists")
            tasks.create_task(group, self._listen(), name="runtime changes")

    async def _list_now_and_then(self) -> None:
        while True:
            await self._clock.sleep(self._relist_seconds * (RARE if self._telling else 1))
            await self._try_list()

    async def _try_list(self) -> None:
        try:
            await self.relist()
            self._problem = ""
        except (RuntimeUnavailable, RuntimeFailure) as error:
            if not self._problem:
                log.warning("cannot list containers: %s", error)
            self._problem = str(error)

    async def _listen(self) -> None:
        while True:
            try:
                async for found in self._runtime.changes():
                    self._telling = True
                    await self._tell(found)
            except (RuntimeUnavailable, RuntimeFailure) as error:
                log.debug("the runtime tells of no changes: %s", error)
            self._telling = False
            await self._clock.sleep(RETRY_SECONDS)
            await self._try_list()

    async def _tell(self, found: str) -> None:
        uid = self._owners.get(found)
        if uid is None:
            await self._try_list()  # Something new: the list says whose it is.
        else:
            self._changed(uid)
