"""ExtendedResourceToleration: pods that ask for special devices tolerate the taints of the nodes that have them."""

from typing import TYPE_CHECKING

from kubewheel.api.validation.resource_names import is_extended
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, _: "Backend") -> None:
    """Add a toleration for each extended resource that a container requests."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    names = {
        name for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ()))
        for name in ((container.get("resources") or {}).get("requests") or {}) if is_extended(name)
    }
    tolerations = list(spec.get("tolerations") or ())
    wanted = [{"key": name, "operator": "Exists", "effect": "NoSchedule"} for name in sorted(names)]
    added = [each for each in wanted if each not in tolerations]
    if added:
        spec["tolerations"] = [*tolerations, *added]


PLUGIN = Plugin(
    "ExtendedResourceToleration", Stage.MUTATE, 76, WRITES, admit, frozenset({"pods"}), enabled=False
)
