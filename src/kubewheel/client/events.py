"""Recorder: tells users what happened to an object, as core/v1 Events.

In: `event(object, type, reason, message)` from anywhere, without waiting.  Out: Event creates, and count patches for
repeats (see `correlation`).  Events are news, not state: when the queue is full the oldest are dropped, and an event
that the server refuses is not tried again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client.client import Client
from kubewheel.client.correlation import Correlator, Seen
from kubewheel.libs.clock import Clock, rfc3339
from kubewheel.libs.wire import Object

QUEUE_LIMIT = 1000  # Events waiting to be sent; the oldest make room.
TRIES = 3  # For a server that does not answer.
RETRY_SECONDS = 5.0
NAME_TRIES = 10
NAME_LIMIT = 253

NORMAL = "Normal"
WARNING = "Warning"

log = logging.getLogger(__name__)


def reference(obj: Object, field_path: str = "") -> dict[str, Any]:
    """Return the ObjectReference that an Event carries about `obj`."""
    metadata = obj["metadata"]
    found = {
        "kind": obj["kind"], "namespace": metadata.get("namespace", ""), "name": metadata["name"],
        "uid": metadata.get("uid", ""), "apiVersion": obj["apiVersion"],
        "resourceVersion": metadata.get("resourceVersion", ""), "fieldPath": field_path,
    }
    return {name: value for name, value in found.items() if value}


class Recorder:
    """Records events of one component."""

    def __init__(self, client: Client, component: str, host: str = "", *, clock: Clock) -> None:
        self._client = client
        self._source = {"component": component, **({"host": host} if host else {})}
        self._clock = clock
        self._correlator = Correlator()
        self._queue: deque[dict[str, Any]] = deque(maxlen=QUEUE_LIMIT)
        self._wake = asyncio.Event()
        self._sending = False
        self._last_name = 0

    def event(
        self, obj: Object, type: str, reason: str, message: str, *, field_path: str = "",
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        """Queue an event of `type` "Normal" or "Warning" about `obj`."""
        now = rfc3339(self._clock.now())
        about = reference(obj, field_path)
        metadata: dict[str, Any] = {"namespace": about.get("namespace", "default")}
        if annotations:
            metadata["annotations"] = dict(annotations)
        self._queue.append({
            "apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": about, "type": type,
            "reason": reason, "message": message, "source": self._source, "firstTimestamp": now, "lastTimestamp": now,
            "reportingComponent": self._source["component"], "reportingInstance": self._source.get("host", ""),
        })
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether everything recorded has been sent or dropped."""
        return not self._queue and not self._sending

    async def run(self) -> None:
        """Send what is recorded; never returns."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                self._sending = True
                try:
                    await self._send(self._queue.popleft())
                finally:
                    self._sending = False

    async def _send(self, event: dict[str, Any]) -> None:
        verdict = self._correlator.judge(event, self._clock.now())
        if verdict.seen is None:
            return
        event["message"] = verdict.message
        for attempt in range(TRIES):
            try:
                await self._write(event, verdict.seen)
                return
            except StatusError as error:
                # Most often a namespace that is going away.
                log.debug("event %s about %s refused: %s", event["reason"], event["involvedObject"].get("name"), error)
                return
            except (OSError, EOFError) as error:
                log.debug("event %s not sent: %s", event["reason"], error)
                if attempt + 1 < TRIES:
                    await self._clock.sleep(RETRY_SECONDS)

    async def _write(self, event: dict[str, Any], seen: Seen) -> None:
        namespace = event["metadata"]["namespace"]
        if seen.name:
            change = {"count": seen.count, "lastTimestamp": event["lastTimestamp"], "message": event["message"]}
            try:
                await self._client.patch("Event", seen.name, change, namespace)
                return
            except StatusError as error:
                if error.code != 404:  # Events expire; one that is gone is made anew.
                    raise
        event["count"] = seen.count
        event["firstTimestamp"] = seen.first_timestamp or event["firstTimestamp"]
        await self._create(event)
        seen.name, seen.first_timestamp = event["metadata"]["name"], event["firstTimestamp"]

    async def _create(self, event: dict[str, Any]) -> None:
        """Create the event under the next free name: others write about namesakes in the same tick of the clock."""
        for _ in range(NAME_TRIES):
            event["metadata"]["name"] = self._name(event["involvedObject"]["name"])
            try:
                await self._client.create(event)
                return
            except StatusError as error:
                if error.code != 409:
                    raise
        log.debug("event %s found no free name", event["reason"])

    def _name(self, about: str) -> str:
        # As upstream: the time in nanoseconds. Two events of one tick of the clock must differ.
        self._last_name = max(self._last_name + 1, int(self._clock.now() * 1e9))
        suffix = f".{self._last_name:x}"
        return about[: NAME_LIMIT - len(suffix)] + suffix
