"""Writes pods' status to the API: the newest only, when it differs, as often as it takes; never in a worker's way.

In: `publish`.  Out: status patches bound to the pod's uid; `settled` tells when the API has what was published last.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import Client
from kubewheel.kubelet import pods
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

PARALLEL = 8
RETRY_SECONDS = (0.2, 1.0, 5.0)
GONE = (404, 409)  # The pod is gone, or another of its name is there.
OPTIONAL_FIELDS = ("message", "reason", "podIP", "podIPs", "initContainerStatuses", "ephemeralContainerStatuses")
CONTAINER_LISTS = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
PASSING_CONDITIONS = ("PodResizePending", "PodResizeInProgress")  # which are not there when they do not hold
ADDRESS_LISTS = ("podIPs", "hostIPs")

log = logging.getLogger(__name__)


def _plain(value: Any) -> Any:
    """Return a value without nothings, so that absent and empty are the same."""
    if isinstance(value, Mapping):
        return {key: shown for key, each in value.items() if (shown := _plain(each)) not in (None, {}, [], "")}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _same(one: Any, other: Any) -> bool:
    return bool(_plain({"": one}) == _plain({"": other}))


def differs(wanted: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Return whether the API has to be told."""
    known = {each["type"]: each for each in told.get("conditions") or ()}
    for condition in wanted.get("conditions") or ():
        if not _same(known.get(condition["type"]), condition):
            return True
    if _passed(wanted.get("conditions") or (), told.get("conditions") or ()):
        return True
    names = {*wanted, *(name for name in OPTIONAL_FIELDS if name in told)} - {"conditions"}
    return any(not _same(wanted.get(name), told.get(name)) for name in names)


def _passed(wanted: Iterable[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the types of the conditions that the API still has and is to forget."""
    fresh = {each["type"] for each in wanted}
    return [each["type"] for each in told if each["type"] in PASSING_CONDITIONS and each["type"] not in fresh]


def patch_of(pod: Object, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the strategic merge patch that makes the pod's status what is wanted, for this very pod."""
    told = pods.status(pod)
    status: dict[str, Any] = {name: None for name in OPTIONAL_FIELDS if name in told and name not in wanted}
    for name, value in wanted.items():
        if name == "conditions":
            status[name] = _conditions(value, told.get(name) or ())
        elif not _same(value, told.get(name)):
            status[name] = value
    for name in ADDRESS_LISTS:
        if status.get(name):
            # Addresses merge by their value: those that are gone must be named.
            fresh = {each["ip"] for each in status[name]}
            gone = [each["ip"] for each in told.get(name) or () if each["ip"] not in fresh]
            status[name] = [*status[name], *({"$patch": "delete", "ip": ip} for ip in gone)]
    return {"metadata": {"uid": pods.uid(pod)}, "status": status}


def _conditions(wanted: Iterable[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the conditions that differ; what the API is to drop of one must be named."""
    known = {each["type"]: each for each in told}
    gone = [{"$patch": "delete", "type": kind} for kind in _passed(wanted, told)]
    return gone + [
        {**dict.fromkeys(set(known.get(each["type"], {})) - set(each)), **each}
        for each in wanted if not _same(known.get(each["type"]), each)
    ]


class StatusWriter:
    """Writes for all pods of a node."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._waiting: dict[str, tuple[Object, Mapping[str, Any]]] = {}
        self._stored: dict[str, Object] = {}  # what the API answered last
        self._busy: set[str] = set()
        self._wake = asyncio.Event()
        self._settled: dict[str, asyncio.Event] = {}

    def publish(self, pod: Object, status: Mapping[str, Any]) -> None:
        """Let the API have `status`, soon."""
        uid = pods.uid(pod)
        told = self._newest(pod)
        if not differs(status, pods.status(told)) and uid not in self._busy:
            self._waiting.pop(uid, None)
            self._event(uid).set()
            return
        self._waiting[uid] = (told, status)
        self._event(uid).clear()
        self._wake.set()

    async def settled(self, pod_uid: str) -> None:
        """Return once the API has what was published last for a pod."""
        await self._event(pod_uid).wait()

    def forget(self, pod_uid: str) -> None:
        """Drop everything about a pod that is gone."""
        self._waiting.pop(pod_uid, None)
        self._stored.pop(pod_uid, None)
        event = self._settled.pop(pod_uid, None)
        if event is not None:
            event.set()

    async def run(self) -> None:
        """Write what is published; never returns."""
        slots = asyncio.Semaphore(PARALLEL)
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for uid in [uid for uid in self._waiting if uid not in self._busy]:
                    await slots.acquire()
                    self._busy.add(uid)
                    tasks.create_task(group, self._write(uid, slots), name=f"status of pod {uid}")

    def _event(self, uid: str) -> asyncio.Event:
        if uid not in self._settled:
            self._settled[uid] = asyncio.Event()
            self._settled[uid].set()
        return self._settled[uid]

    async def _write(self, uid: str, slots: asyncio.Semaphore) -> None:
        """Write one pod's status until it is written, or the pod is gone."""
        failures = 0
        try:
            while uid in self._waiting:
                pod, status = self._waiting.pop(uid)
                try:
                    await self._send(uid, pod, status)
                    failures = 0
                except (StatusError, OSError, EOFError) as error:
                    if isinstance(error, StatusError) and error.code in GONE:
                        continue
                    if not failures:
                        log.warning("cannot write the status of pod %s: %s", pods.full_name(pod), error)
                    self._waiting.setdefault(uid, (pod, status))
                    await self._clock.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                    failures += 1
        finally:
            self._busy.discard(uid)
            slots.release()
            if uid not in self._waiting:
                self._event(uid).set()

    async def _send(self, uid: str, pod: Object, status: Mapping[str, Any]) -> None:
        pod = self._newest(pod)
        if not differs(status, pods.status(pod)):
            return
        stored = await self._client.patch(
            "Pod", pods.name(pod), patch_of(pod, status), pods.namespace(pod), type="strategic", subresource="status"
        )
        if pods.uid(stored) == uid:
            self._stored[uid] = stored

    def _newest(self, pod: Object) -> Object:
        """Return the latest known version of a pod: the given one, or the answer to our last write."""
        stored = self._stored.get(pods.uid(pod))
        return stored if stored is not None and _is_newer(stored, pod) else pod


def _is_newer(one: Object, other: Object) -> bool:
    """Return whether `one` is a later version than `other`; a version that is no number settles nothing."""
    first, second = (str(each["metadata"].get("resourceVersion") or "") for each in (one, other))
    return first.isdigit() and second.isdigit() and int(first) > int(second)
