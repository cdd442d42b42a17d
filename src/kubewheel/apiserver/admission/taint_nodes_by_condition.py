"""TaintNodesByCondition: a new node takes no pods until it has been seen to be ready."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


async def admit(matter: Matter, backend: "Backend") -> None:
    """Taint a new node."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    taints = spec.get("taints") or []
    if not any(each.get("key") == NOT_READY["key"] and each.get("effect") == NOT_READY["effect"] for each in taints):
        spec["taints"] = [*taints, dict(NOT_READY)]


PLUGIN = Plugin(
    "TaintNodesByCondition", Stage.MUTATE, 50, frozenset({Operations.CREATE}), admit, frozenset({"nodes"})
)
