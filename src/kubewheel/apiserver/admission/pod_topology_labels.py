"""PodTopologyLabels: a pod knows the zone and the region of its node by labels of its own.

https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#podtopologylabels
"""

from typing import TYPE_CHECKING, Any

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


async def admit(matter: Matter, backend: "Backend") -> None:
    """Copy the labels of the node that a pod is bound to, or names itself."""
    content = matter.content
    if content is None or matter.subresource not in ("", "binding"):
        return
    if matter.subresource == "binding":
        target = content.get("target") or {}
        _label(content, target.get("name") if target.get("kind") == "Node" else None, backend)
    else:
        _label(content, (content.get("spec") or {}).get("nodeName"), backend)


def _label(content: dict[str, Any], node: str | None, backend: "Backend") -> None:
    entry = backend.store.get(Key("nodes", "", node)) if node else None
    known = (entry.object["metadata"].get("labels") or {}) if entry is not None else {}
    found = {name: known[name] for name in LABELS if name in known}
    if found:
        metadata = content.setdefault("metadata", {})
        metadata["labels"] = {**found, **(metadata.get("labels") or {})}


PLUGIN = Plugin(
    "PodTopologyLabels", Stage.MUTATE, 114, frozenset({Operations.CREATE}), admit, frozenset({"pods", "bindings"})
)
