"""Priority classes that every cluster starts with."""

from typing import Any

HIGHEST_OF_USERS = 1_000_000_000

# The name of a class -> its priority.
VALUES = {
    "system-node-critical": 2 * HIGHEST_OF_USERS + 1000,
    "system-cluster-critical": 2 * HIGHEST_OF_USERS,
}
DESCRIPTIONS = {
    "system-node-critical": "For system pods that must stay on the node where they run.",
    "system-cluster-critical": "For system pods that the cluster needs, on whichever node they run.",
}


def priority_classes() -> list[dict[str, Any]]:
    """Return the PriorityClasses."""
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value, "description": DESCRIPTIONS[name], "preemptionPolicy": "PreemptLowerPriority",
        }
        for name, value in VALUES.items()
    ]
