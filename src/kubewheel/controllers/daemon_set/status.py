"""The status of a DaemonSet: numbers of nodes. Pure."""

from typing import Any

from kubewheel.api import pods as pod_questions
from kubewheel.controllers.daemon_set.plan import Daemons
from kubewheel.reconcile import conditions


def plan_status(found: Daemons, collisions: int) -> dict[str, Any]:
    """Return the status; the oldest pod of each node counts."""
    counted = [found.pods[node][0] for node in found.wanted if found.pods.get(node)]
    misplaced = [node for node, fit in found.fits.items() if not fit.runs and found.pods.get(node)]
    available = sum(found.is_available(pod) for pod in counted)
    numbers = conditions.present(
        observedGeneration=found.daemon_set["metadata"].get("generation"),
        updatedNumberScheduled=sum(map(found.is_updated, counted)),
        numberAvailable=available, numberUnavailable=len(found.wanted) - available, collisionCount=collisions,
        conditions=(found.daemon_set.get("status") or {}).get("conditions"),
    )
    return {
        "desiredNumberScheduled": len(found.wanted), "currentNumberScheduled": len(counted),
        "numberMisscheduled": len(misplaced), "numberReady": sum(map(pod_questions.is_ready, counted)), **numbers,
    }


def seconds_to_next(found: Daemons) -> float | None:
    """Return after how many seconds the next ready pod becomes available."""
    waits = [found.seconds_to_available(pod) for pods in found.pods.values() for pod in pods]
    return min((wait for wait in waits if wait), default=None)
