"""LimitPodHardAntiAffinityTopology: a pod may keep others off its node, but not off a whole zone."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

HOST = "kubernetes.io/hostname"


async def admit(matter: Matter, _: "Backend") -> None:
    """Refuse required anti-affinity over anything but nodes."""
    if matter.subresource or matter.content is None:
        return
    affinity = (matter.content.get("spec") or {}).get("affinity") or {}
    terms = (affinity.get("podAntiAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    for term in terms:
        if term.get("topologyKey") != HOST:
            raise matter.forbidden(
                f"affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey {term.get('topologyKey')} "
                f"but only key {HOST} is allowed"
            )


PLUGIN = Plugin(
    "LimitPodHardAntiAffinityTopology", Stage.VALIDATE, 15, WRITES, admit, frozenset({"pods"}), enabled=False
)
