"""Priority classes of the system's own pods."""

from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap.ensure import ensure

CLASSES = (
    ("system-node-critical", 2_000_001_000, "For pods without which their node does not work."),
    ("system-cluster-critical", 2_000_000_000, "For pods without which the cluster does not work, on whichever node."),
)


async def reconcile(backend: Backend) -> None:
    """Make the classes."""
    for name, value, description in CLASSES:
        await ensure(backend, {
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority",
        })
