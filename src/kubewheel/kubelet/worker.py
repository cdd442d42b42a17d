"""One pod's worker: looks, plans, acts, reports, and again, until the pod is gone; one turn at a time.

A turn is cut short when it stands in the way of an ending: the pod is deleted while its containers start, or is to
end faster than it does.
"""

import asyncio
import logging

from kubewheel.api.errors import StatusError
from kubewheel.kubelet import pods, status
from kubewheel.kubelet.ending import Ending
from kubewheel.kubelet.equipment import NORMAL, WARNING, Equipment
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.pod_state import PodState, crash_delays, publish
from kubewheel.kubelet.resizing import Resizer
from kubewheel.kubelet.runtime import RuntimeFailure, RuntimeUnavailable
from kubewheel.kubelet.upkeep import Upkeep
from kubewheel.libs import tasks
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile.timers import Timer

DEADLINE_EXCEEDED = status.Verdict(
    "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
)
TURN = "turn"  # key of the retry delay
NO_RUNTIME_SECONDS = 1.0
EXPECTED = (StatusError, OSError, RuntimeFailure)

log = logging.getLogger(__name__)


class PodWorker:
    """Brings one pod to where the API wants it."""

    def __init__(self, uid: str, equipment: Equipment) -> None:
        self.state = PodState(uid, crashes=crash_delays(equipment.settings.longest_crash_delay_seconds))
        self._kit = equipment
        self._upkeep = Upkeep(equipment, self.state)
        self._resizer = Resizer(equipment, self.state)
        self._ending = Ending(equipment, self.state)
        self._wake = asyncio.Event()
        self._turn: asyncio.Task[None] | None = None
        self._timer: Timer | None = None

    def update(self, pod: Object) -> None:
        """Take over a new version of the pod."""
        before, self.state.pod = self.state.pod, pod
        if before is None or _shown(before) != _shown(pod):
            self.refresh()
        hurries = pods.is_deleting(pod) and (
            before is None or not pods.is_deleting(before) or pods.grace_seconds(pod) < pods.grace_seconds(before)
        )
        self.wake()
        if hurries and self._turn is not None:
            self._turn.cancel()

    def forget(self) -> None:
        """Learn that the API has no such pod any more."""
        hurries = not (self.state.is_gone or self.state.delete_sent)
        self.state.is_gone = True
        self.wake()
        if hurries and self._turn is not None:
            self._turn.cancel()

    def refresh(self) -> None:
        """Bring volumes up to date and try failed starts again, for what they depend on has changed."""
        self.state.is_outdated = True
        self.state.mounted_at = float("-inf")
        self.state.faulty_until = dict.fromkeys(self.state.faulty_until, 0.0)
        self.wake()

    def wake(self) -> None:
        """Take another turn soon."""
        self._wake.set()

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Take turns until the pod is gone."""
        while not self.state.finished:
            await self._wake.wait()
            self._wake.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._turn = tasks.create_task(group, self._take_turn(), name=f"turn of pod {self.state.uid}")
            await asyncio.wait({self._turn})
            self._turn = None

    async def _take_turn(self) -> None:
        state = self.state
        try:
            again_in = await self._sync()
            state.retries.reset(TURN)
        except RuntimeUnavailable:
            again_in = NO_RUNTIME_SECONDS
        except Exception as error:  # One pod's fault must not end the agent of all.
            plain = _plain(error)
            if isinstance(plain, EXPECTED):
                log.warning("cannot sync pod %s: %s: %s", state.name, type(plain).__name__, plain)
            elif not isinstance(plain, RuntimeUnavailable):
                log.exception("cannot sync pod %s", state.name)
            again_in = state.retry_delay(TURN, self._kit.clock.now())
        if again_in is None or state.finished:
            return
        if again_in <= 0:
            self.wake()
        else:
            self._timer = self._kit.timers.call_later(again_in, self.wake)

    async def _sync(self) -> float | None:
        """Take one turn; return the seconds until the next one is due by itself."""
        state, pod = self.state, self.state.pod
        state.is_outdated = False
        observed = await self._kit.observer.observe(state.uid)
        if pod is None or state.is_gone or pods.is_deleting(pod) or pods.is_finished(pod):
            await self._ending.end(observed)
            return None
        pod = await self._resizer.current(pod, observed)
        if state.verdict is None:
            self._judge(pod, observed)
        if state.verdict is not None:
            await self._ending.end(observed)
            return None
        assert state.pod is not None
        return await self._keep_up(await self._resizer.accept(state.pod, observed), observed)

    async def _keep_up(self, pod: Object, observed: Observed) -> float | None:
        plan = self._upkeep.plan(pod, observed)
        if plan.finished:
            await self._ending.end(observed)
            return None
        publish(self._kit, self.state, observed)
        resized = None if plan.kill else await self._resizer.put_into_effect(pod, observed, plan)
        due = await self._upkeep.act(pod, observed, plan)
        waits = [due, resized, self._seconds_left(pod), self._kit.settings.resync_seconds]
        return min(each for each in waits if each is not None)

    def _judge(self, pod: Object, observed: Observed) -> None:
        """Find out whether the pod fails as a whole: not admitted, or out of its time."""
        state = self.state
        left = self._seconds_left(pod)
        if left is not None and left <= 0:
            state.verdict = DEADLINE_EXCEEDED
            self._kit.tell(pod, NORMAL, DEADLINE_EXCEEDED.reason, DEADLINE_EXCEEDED.message)
        if state.admitted:
            return
        if observed.sandboxes:
            self._kit.gate.admit(pod)
        elif (refusal := self._kit.gate.refusal(pod)) is not None:
            state.verdict = status.Verdict(refusal.reason, f"Pod was rejected: {refusal.message}")
            self._kit.tell(pod, WARNING, refusal.reason, refusal.message)
            return
        state.admitted = True

    def _seconds_left(self, pod: Object) -> float | None:
        """Return the seconds until activeDeadlineSeconds are over."""
        seconds, began = pods.spec(pod).get("activeDeadlineSeconds"), pods.status(pod).get("startTime")
        if seconds is None or not began:
            return None
        return parse_rfc3339(began) + float(seconds) - self._kit.clock.now()


def _shown(pod: Object) -> tuple[object, ...]:
    """Return what volumes and variables show of a pod, and the number of its spec."""
    return tuple(pod["metadata"].get(name) for name in ("labels", "annotations", "generation"))


def _plain(error: BaseException) -> BaseException:
    """Return the first plain error of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
