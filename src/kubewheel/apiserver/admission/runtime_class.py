"""RuntimeClass: what a pod's runtime class costs, and on which nodes it is found, becomes part of the pod.

https://kubernetes.io/docs/concepts/containers/runtime-class/
"""

from typing import TYPE_CHECKING, Any

from kubewheel.api import quota_usage
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

CLASSES = "runtimeclasses.node.k8s.io"
MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
UNFOUNDED = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


async def complete(matter: Matter, backend: "Backend") -> None:
    """Take over overhead, node selector and tolerations of the class."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    found = _class_of(matter, backend, spec)
    if found is None:
        return
    if overhead := found.get("overhead"):
        fixed = overhead.get("podFixed") or {}
        if spec.get("overhead") and _differs(spec["overhead"], fixed):
            raise matter.forbidden(MISMATCH)
        spec["overhead"] = dict(fixed)
    _schedule(matter, spec, found.get("scheduling") or {})


async def check(matter: Matter, backend: "Backend") -> None:
    """Refuse an overhead that is not that of the class."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.get("spec") or {}
    found = _class_of(matter, backend, spec)
    overhead = (found or {}).get("overhead")
    if overhead and _differs(spec.get("overhead") or {}, overhead.get("podFixed") or {}):
        raise matter.forbidden(MISMATCH)
    if not overhead and spec.get("overhead"):
        raise matter.forbidden(UNFOUNDED)


def _class_of(matter: Matter, backend: "Backend", spec: Object) -> Object | None:
    name = spec.get("runtimeClassName")
    if not name:
        return None
    entry = backend.store.get(Key(CLASSES, "", name))
    if entry is None:
        raise matter.forbidden(f'pod rejected: RuntimeClass "{name}" not found')
    return entry.object


def _differs(one: Object, other: Object) -> bool:
    return quota_usage.amounts(one) != quota_usage.amounts(other)


def _schedule(matter: Matter, spec: dict[str, Any], scheduling: Object) -> None:
    selector = scheduling.get("nodeSelector") or {}
    given = spec.get("nodeSelector") or {}
    for key, value in selector.items():
        if given.get(key, value) != value:
            raise matter.forbidden(
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {given[key]}"
            )
    if selector:
        spec["nodeSelector"] = {**given, **selector}
    tolerations = list(spec.get("tolerations") or ())
    added = [dict(each) for each in scheduling.get("tolerations") or () if each not in tolerations]
    if added:
        spec["tolerations"] = [*tolerations, *added]


PLUGINS = (
    Plugin("RuntimeClass", Stage.MUTATE, 100, frozenset({Operations.CREATE}), complete, frozenset({"pods"})),
    Plugin("RuntimeClass", Stage.VALIDATE, 100, frozenset({Operations.CREATE}), check, frozenset({"pods"})),
)
