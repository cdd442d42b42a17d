"""Zones: how fast pods are evicted from lost nodes, so that a network fault does not empty a whole zone. Pure rules.

https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction
"""

from collections import Counter
from collections.abc import Iterable

from kubewheel.controllers.node_lifecycle import taints
from kubewheel.controllers.settings import ControllersSettings
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

REGION = "topology.kubernetes.io/region"
ZONE = "topology.kubernetes.io/zone"


def zone_of(node: Object) -> str:
    """Return the failure domain of a node."""
    labels = objects.labels(node)
    return f"{labels.get(REGION, '')}:{labels.get(ZONE, '')}"


class Zones:
    """Allows evictions, each zone at its own rate."""

    def __init__(self, settings: ControllersSettings) -> None:
        self._settings = settings
        self._next: dict[str, float] = {}

    def wait(self, node: Object, nodes: Iterable[Object], now: float) -> float | None:
        """Return after how many seconds the node's pods may be evicted (0: now, and this turn is taken); None: not."""
        zone = zone_of(node)
        sizes: Counter[str] = Counter()
        lost: Counter[str] = Counter()
        for each in nodes:
            sizes[zone_of(each)] += 1
            lost[zone_of(each)] += taints.ready_taint(each) is not None
        rate = plan_rate(zone, sizes, lost, self._settings)
        if rate <= 0:
            return None
        due = self._next.get(zone, 0.0)
        if due > now:
            return due - now
        self._next[zone] = now + 1 / rate
        return 0.0


def plan_rate(zone: str, sizes: Counter[str], lost: Counter[str], settings: ControllersSettings) -> float:
    """Return how many nodes a second may lose their pods in a zone."""
    if sizes.total() == lost.total():
        # If no node answers, the fault is most likely on this side.
        return 0.0
    size, bad = sizes[zone], lost[zone]
    if bad == size or bad <= 2 or bad / size < settings.unhealthy_zone:
        return settings.eviction_rate
    return settings.secondary_eviction_rate if size > settings.large_zone else 0.0
