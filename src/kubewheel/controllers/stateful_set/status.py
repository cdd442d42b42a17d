"""The status of a StatefulSet: numbers and revisions. Pure."""

from typing import Any

from kubewheel.controllers.history import History
from kubewheel.controllers.stateful_set import identity
from kubewheel.controllers.stateful_set.plan import Members
from kubewheel.reconcile import conditions, objects


def plan_status(found: Members, history: History, current: str) -> dict[str, Any]:
    """Return the status; `current` names the revision that a rollout starts from."""
    stateful_set, update = found.stateful_set, objects.name(history.update)
    staying = [identity.revision_of(pod) for pod in found.all if not objects.is_deleting(pod)]
    ready = sum(found.is_ready(pod) for pod in found.all)
    updated, currents = staying.count(update), staying.count(current)
    wanted = stateful_set["spec"].get("replicas", 1)
    is_rolling = stateful_set["spec"]["updateStrategy"].get("type") != "OnDelete"
    if is_rolling and updated == ready == len(found.all) == wanted:
        # The rollout is complete: from here the next one starts.
        current, currents = update, updated
    numbers = conditions.present(
        observedGeneration=stateful_set["metadata"].get("generation"), readyReplicas=ready,
        currentReplicas=currents, updatedReplicas=updated,
        conditions=(stateful_set.get("status") or {}).get("conditions"),
    )
    return {
        "replicas": len(found.all), "availableReplicas": sum(found.is_available(pod) for pod in found.all),
        "currentRevision": current, "updateRevision": update, "collisionCount": history.collisions, **numbers,
    }
