"""Priority: the name of a pod's priority class becomes a number."""

from typing import TYPE_CHECKING, Any

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

CLASSES = "priorityclasses.scheduling.k8s.io"
DEFAULT_PREEMPTION = "PreemptLowerPriority"


async def admit(matter: Matter, backend: "Backend") -> None:
    """Resolve a pod's class, or see to it that there is one global default only."""
    if matter.subresource or matter.content is None:
        return
    if matter.resource.storage_key == CLASSES:
        _check_default(matter, backend)
    elif matter.operation is Operations.CREATE:
        _resolve(matter, backend, matter.content.setdefault("spec", {}))


def _resolve(matter: Matter, backend: "Backend", spec: dict[str, Any]) -> None:
    name = spec.get("priorityClassName")
    chosen: Object | None
    if name:
        entry = backend.store.get(Key(CLASSES, "", name))
        if entry is None:
            raise matter.forbidden(f"no PriorityClass with name {name} was found")
        chosen = entry.object
    else:
        chosen = default_class(backend)
        if chosen is not None:
            spec["priorityClassName"] = chosen["metadata"]["name"]
    value = chosen.get("value", 0) if chosen else 0
    if spec.get("priority") is not None and spec["priority"] != value:
        raise matter.forbidden(
            f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; priority admission "
            f"controller computed {value} from the given PriorityClass name"
        )
    spec["priority"] = value
    policy = (chosen or {}).get("preemptionPolicy") or DEFAULT_PREEMPTION
    if spec.get("preemptionPolicy") not in (None, policy):
        raise matter.forbidden(
            f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must not be provided in pod spec; "
            f"priority admission controller computed {policy} from the given PriorityClass name"
        )
    spec["preemptionPolicy"] = policy


def default_class(backend: "Backend") -> Object | None:
    """Return the class of pods that name none: of several global defaults, the lowest."""
    found = [
        entry.object for entry in backend.store.list(CLASSES).entries if b'"globalDefault":true' in entry.encoded
    ]
    found = [each for each in found if each.get("globalDefault")]
    return min(found, key=lambda each: each.get("value", 0), default=None)


def _check_default(matter: Matter, backend: "Backend") -> None:
    assert matter.content is not None
    if not matter.content.get("globalDefault"):
        return
    current = default_class(backend)
    if current is not None and current["metadata"]["name"] != matter.name:
        raise matter.forbidden(
            f"PriorityClass {current['metadata']['name']} is already marked as default. Only one default can exist"
        )


PLUGIN = Plugin("Priority", Stage.MUTATE, 60, WRITES, admit, frozenset({"pods", CLASSES}))
