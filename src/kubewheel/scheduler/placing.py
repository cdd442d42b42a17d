"""Effects of decisions: bindings, conditions and events of pods, the end of victims."""


from typing import Any

from kubewheel.api import conditions
from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Recorder
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.libs.clock import Clock, rfc3339
from kubewheel.libs.wire import Object
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.preemption import PREEMPTED, Victims

SCHEDULED = "Scheduled"
FAILED = "FailedScheduling"
UNSCHEDULABLE = "Unschedulable"
SCHEDULER_ERROR = "SchedulerError"
NOTE_LIMIT = 1024  # Bytes that an event's message may have.

UNREACHABLE = (OSError, EOFError)


class Placing:
    """Writes what was decided."""

    def __init__(self, client: Client, recorder: Recorder, clock: Clock) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock

    async def bind(self, pod: PodInfo, node: str) -> None:
        """Bind `pod` to `node`; raise StatusError or OSError if that fails."""
        await self._client.create_subresource("Pod", pod.name, pod.namespace, "binding", {
            "apiVersion": "v1", "kind": "Binding",
            "metadata": {"namespace": pod.namespace, "name": pod.name, "uid": pod.uid},
            "target": {"kind": "Node", "name": node},
        })
        self._recorder.event(pod.object, NORMAL, SCHEDULED, f"Successfully assigned {pod.key} to {node}")

    async def report(self, pod: PodInfo, reason: str, message: str, nominated: str | None) -> None:
        """Tell users why `pod` has no node yet; `nominated` is the node that it waits for, None to leave that as is."""
        self._recorder.event(pod.object, WARNING, FAILED, _shortened(message))
        status: dict[str, Any] = {}
        condition = _condition(pod.object, reason, message, rfc3339(self._clock.now()))
        if condition is not None:
            status["conditions"] = [condition]
        if nominated is not None and nominated != pod.nominated_node:
            status["nominatedNodeName"] = nominated or None
        if status:
            await self._patch_status(pod, status)

    async def clear_nomination(self, pod: PodInfo) -> None:
        """Take back the node that `pod` waits for: a more important pod gets it."""
        if pod.nominated_node:
            await self._patch_status(pod, {"nominatedNodeName": None})

    async def preempt(self, preemptor: PodInfo, victims: Victims) -> None:
        """End the victims gracefully; raise StatusError or OSError if one cannot be ended."""
        scheduler = preemptor.object["spec"].get("schedulerName") or ""
        for victim in victims.pods:
            if victim.is_terminating:
                continue
            await self._patch_status(victim, {"conditions": [{
                "type": "DisruptionTarget", "status": "True", "reason": PREEMPTED,
                "message": f"{scheduler}: preempting to accommodate a higher priority pod",
                "lastTransitionTime": rfc3339(self._clock.now()),
                **_observed(victim.object),
            }]})
            try:
                await self._client.delete("Pod", victim.name, victim.namespace, uid=victim.uid)
            except StatusError as error:
                if error.code not in (404, 409):  # Gone, or another pod of its name: both are fine.
                    raise
            self._recorder.event(
                victim.object, NORMAL, "Preempted", f"Preempted by pod {preemptor.uid} on node {victims.node}"
            )

    async def _patch_status(self, pod: PodInfo, status: Object) -> None:
        patch = {"metadata": {"uid": pod.uid}, "status": status}
        try:
            await self._client.patch(
                "Pod", pod.name, patch, pod.namespace, type="strategic", subresource="status"
            )
        except StatusError as error:
            if error.code not in (404, 409):
                raise


def _condition(pod: Object, reason: str, message: str, now: str) -> Object | None:
    """Return the PodScheduled condition, or None if the pod says so already."""
    known = conditions.find(pod, "PodScheduled")
    was_false = known is not None and known.get("status") == "False"
    if known is not None and was_false and (known.get("reason"), known.get("message")) == (reason, message):
        return None
    since = known.get("lastTransitionTime") if known is not None and was_false else None
    return {
        "type": "PodScheduled", "status": "False", "reason": reason, "message": message,
        "lastTransitionTime": since or now, "lastProbeTime": None, **_observed(pod),
    }


def _observed(pod: Object) -> Object:
    generation = pod["metadata"].get("generation")
    return {"observedGeneration": generation} if generation else {}


def _shortened(message: str) -> str:
    return message if len(message) <= NOTE_LIMIT else f"{message[: NOTE_LIMIT - 4]} ..."


