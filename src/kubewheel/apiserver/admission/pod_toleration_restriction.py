"""PodTolerationRestriction: a namespace gives its pods tolerations, and says which they may have at all."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kubewheel.api import qos
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

DEFAULTS = "scheduler.alpha.kubernetes.io/defaultTolerations"
ALLOWED = "scheduler.alpha.kubernetes.io/tolerationsWhitelist"
CONFLICT = (
    "pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist"
)
PRESSURE = {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"}
Toleration = Mapping[str, Any]


async def merge(matter: Matter, backend: "Backend") -> None:
    """Add the namespace's tolerations, then check them all."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    tolerations: Sequence[Toleration] = spec.get("tolerations") or ()
    if matter.operation is Operations.CREATE:
        found = _listed(matter, backend, DEFAULTS)
        added = backend.settings.admission.default_tolerations if found is None else found
        tolerations = merged([*added, *tolerations]) if added else tolerations
    if qos.compute(spec) is not qos.QosClass.BEST_EFFORT:
        tolerations = merged([*tolerations, PRESSURE])
    if tolerations:
        spec["tolerations"] = [dict(each) for each in tolerations]
    await check(matter, backend)


async def check(matter: Matter, backend: "Backend") -> None:
    """Refuse tolerations that the namespace does not list."""
    if matter.subresource or matter.content is None:
        return
    tolerations = (matter.content.get("spec") or {}).get("tolerations") or ()
    if not tolerations:
        return
    found = _listed(matter, backend, ALLOWED)
    allowed = backend.settings.admission.allowed_tolerations if found is None else found
    if allowed and not all(any(covers(wide, each) for wide in allowed) for each in tolerations):
        raise matter.forbidden(CONFLICT)


def _listed(matter: Matter, backend: "Backend", annotation: str) -> Sequence[Toleration] | None:
    """Return the tolerations in an annotation of the namespace, None without it."""
    entry = backend.store.get(Key("namespaces", "", matter.namespace))
    annotations: Object = (entry.object["metadata"].get("annotations") or {}) if entry is not None else {}
    if not annotations.get(annotation):
        return None
    try:
        found = json.loads(annotations[annotation])
    except ValueError as error:
        raise matter.forbidden(f"annotation {annotation} of namespace {matter.namespace}: {error}") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise matter.forbidden(f"annotation {annotation} of namespace {matter.namespace} is no list of tolerations")
    return found


def merged(tolerations: Sequence[Toleration]) -> list[Toleration]:
    """Return tolerations without those that another one covers; of equal ones the first stays."""
    kept: list[Toleration] = []
    for index, each in enumerate(tolerations):
        later = (other for other in tolerations[index + 1 :] if _form(other) != _form(each))
        if not any(covers(other, each) for other in (*kept, *later)):
            kept.append(each)
    return kept


def covers(wide: Toleration, narrow: Toleration) -> bool:
    """Tell whether `wide` tolerates all that `narrow` does."""
    if _form(wide) == _form(narrow):
        return True
    key, operator, value, effect, seconds = _form(wide)
    other_key, other_operator, other_value, other_effect, other_seconds = _form(narrow)
    if key != other_key and (key or operator != "Exists"):
        return False
    if effect and effect != other_effect:
        return False
    if effect == "NoExecute" and seconds is not None and (other_seconds is None or other_seconds > seconds):
        return False
    if operator == "Exists":
        return True
    return bool(operator == "Equal" and other_operator == "Equal" and value == other_value)


def _form(toleration: Toleration) -> tuple[str, str, str, str, int | None]:
    return (
        toleration.get("key") or "", toleration.get("operator") or "Equal", toleration.get("value") or "",
        toleration.get("effect") or "", toleration.get("tolerationSeconds"),
    )


PLUGINS = tuple(
    Plugin("PodTolerationRestriction", stage, 72, WRITES, admit, frozenset({"pods"}), enabled=False)
    for stage, admit in ((Stage.MUTATE, merge), (Stage.VALIDATE, check))
)
