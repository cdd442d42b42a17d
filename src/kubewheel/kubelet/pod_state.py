"""What the agent remembers of one pod between turns; all of it can be lost and is then found out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubewheel.kubelet import pods, status
from kubewheel.kubelet.allocation import Allocation
from kubewheel.kubelet.backoff import Backoff
from kubewheel.kubelet.equipment import Equipment
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import Waiting
from kubewheel.kubelet.volumes.kinds import Mounted
from kubewheel.libs.wire import Object

FIRST_CRASH_DELAY = 10.0
FIRST_RETRY_DELAY, LONGEST_RETRY_DELAY = 0.5, 120.0


def crash_delays(longest: float) -> Backoff:
    """Return the delays before containers that crashed start again."""
    return Backoff(min(FIRST_CRASH_DELAY, longest), longest)


def _retries() -> Backoff:
    return Backoff(FIRST_RETRY_DELAY, LONGEST_RETRY_DELAY)


@dataclass(slots=True)
class PodState:
    """One pod as its worker knows it."""

    uid: str
    crashes: Backoff
    pod: Object | None = None  # the newest version; stays after the API has forgotten it
    is_gone: bool = False  # the API has no such pod
    admitted: bool = False
    verdict: status.Verdict | None = None  # the pod failed as a whole
    delete_sent: bool = False
    finished: bool = False  # nothing is left of it
    waiting: dict[str, Waiting] = field(default_factory=dict)
    faulty_until: dict[str, float] = field(default_factory=dict)  # containers whose start failed: when to retry
    is_outdated: bool = False  # something that starts depend on changed since the turn began
    told: set[str] = field(default_factory=set)  # what was said and is not to be said again
    allocation: Allocation | None = None  # what its containers get
    retries: Backoff = field(default_factory=_retries)
    mounted: Mapping[str, Mounted] | None = None
    mounted_at: float = 0.0

    @property
    def name(self) -> str:
        """Return what messages call the pod."""
        return pods.full_name(self.pod) if self.pod is not None else self.uid

    def retry_delay(self, key: str, now: float) -> float:
        """Return how long to wait after something failed once more."""
        self.retries.fail(key, now, now)
        return self.retries.delay(key)


def address(kit: Equipment, pod: Object, observed: Observed) -> str:
    """Return where the pod is reached from its node."""
    if pods.uses_host_network(pod):
        return kit.facts.ips[0]
    return observed.sandbox.ips[0] if observed.sandbox is not None and observed.sandbox.ips else ""


def publish(kit: Equipment, state: PodState, observed: Observed, *, ended: bool = False) -> None:
    """Let the API know how the pod fares."""
    if state.is_gone or state.pod is None:
        return
    view = status.View(
        pod=state.pod, observed=observed, now=kit.clock.now(), runtime_name=kit.facts.runtime_name,
        host_ips=kit.facts.ips, waiting=state.waiting, ready=kit.prober.ready(state.uid),
        started=kit.prober.found(state.uid).started, verdict=state.verdict, ended=ended,
        allocation=state.allocation,
    )
    kit.statuses.publish(state.pod, status.pod_status(view))
