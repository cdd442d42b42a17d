"""PodPreset: new pods get what the presets of their namespace say; where these contradict, the pod stays as it was.

The kind PodPreset of settings.k8s.io/v1alpha1 is served while this plugin runs.
https://v1-19.docs.kubernetes.io/docs/concepts/workloads/pods/podpreset/
"""

from typing import TYPE_CHECKING

from kubewheel.api.settings import merging
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.libs.clock import rfc3339

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

NAME = "PodPreset"
PRESETS = "podpresets.settings.k8s.io"
REASON = "PodPresetConflict"


async def merge(matter: Matter, backend: "Backend") -> None:
    """Apply the presets that match."""
    if matter.subresource or matter.content is None or NAME in matter.rounds.memory:
        return
    entries = backend.store.list(PRESETS, matter.namespace).entries
    presets = merging.matching(matter.content, (entry.object for entry in entries)) if entries else []
    matter.rounds.memory[NAME] = ""  # Once for each pod: applied twice, sources of variables would be there twice.
    if not presets:
        return
    try:
        changed = merging.merged(matter.content, presets)
    except merging.Conflict as conflict:
        matter.rounds.memory[NAME] = str(conflict)
        return
    matter.resource.behaviour.default(changed)
    matter.content.update(changed)


async def tell(matter: Matter, backend: "Backend") -> None:
    """Say in an event that presets were not applied; by now the pod has a name."""
    text = matter.rounds.memory.get(NAME)
    if not text or matter.dry_run or matter.content is None:
        return
    from kubewheel.apiserver.backend import Operation  # These lead back to admission.
    from kubewheel.apiserver.verbs import create

    metadata, now = matter.content["metadata"], rfc3339(backend.clock.now())
    name = f"{metadata['name']}.{backend.randomness.getrandbits(64):016x}"
    about = {
        "apiVersion": "v1", "kind": "Pod", "namespace": matter.namespace, "name": metadata["name"],
        "uid": metadata.get("uid", ""),
    }
    event = {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": matter.namespace},
        "involvedObject": about, "type": "Warning", "reason": REASON, "message": text, "count": 1,
        "source": {"component": "podpreset"}, "firstTimestamp": now, "lastTimestamp": now,
    }
    await create.create_object(Operation(backend, backend.registry.by_kind("Event"), matter.namespace, name), event)


PLUGINS = (
    Plugin(NAME, Stage.MUTATE, 17, frozenset({Operations.CREATE}), merge, frozenset({"pods"})),
    Plugin(NAME, Stage.VALIDATE, 1500, frozenset({Operations.CREATE}), tell, frozenset({"pods"})),
)
