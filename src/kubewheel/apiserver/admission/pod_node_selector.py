"""PodNodeSelector: the pods of a namespace go to the nodes that its annotation, or the cluster's default, names."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.apiserver.admission_settings import DEFAULT_SELECTOR, parse_selector
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector"
CONFLICT = "pod node label selector conflicts with its namespace node label selector"
UNLISTED = "pod node label selector labels conflict with its namespace whitelist"


async def merge(matter: Matter, backend: "Backend") -> None:
    """Add the namespace's selector to the pod's."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    wanted, own = _wanted(matter, backend), spec.get("nodeSelector") or {}
    _refuse_conflict(matter, wanted, own)
    if wanted:
        spec["nodeSelector"] = {**wanted, **own}
    _refuse_unlisted(matter, backend, spec.get("nodeSelector") or {})


async def check(matter: Matter, backend: "Backend") -> None:
    """Refuse a pod whose selector leads elsewhere."""
    if matter.subresource or matter.content is None:
        return
    own = (matter.content.get("spec") or {}).get("nodeSelector") or {}
    _refuse_conflict(matter, _wanted(matter, backend), own)
    _refuse_unlisted(matter, backend, own)


def _wanted(matter: Matter, backend: "Backend") -> Mapping[str, str]:
    entry = backend.store.get(Key("namespaces", "", matter.namespace))
    annotations = (entry.object["metadata"].get("annotations") or {}) if entry is not None else {}
    default = backend.settings.admission.node_selectors.get(DEFAULT_SELECTOR, "")
    try:
        return parse_selector(annotations.get(ANNOTATION, default))
    except ValueError as error:
        raise matter.forbidden(f"annotation {ANNOTATION} of namespace {matter.namespace}: {error}") from error


def _refuse_conflict(matter: Matter, wanted: Mapping[str, str], own: Mapping[str, str]) -> None:
    if any(own.get(name, value) != value for name, value in wanted.items()):
        raise matter.forbidden(CONFLICT)


def _refuse_unlisted(matter: Matter, backend: "Backend", own: Mapping[str, str]) -> None:
    allowed = parse_selector(backend.settings.admission.node_selectors.get(matter.namespace, ""))
    if allowed and not own.items() <= allowed.items():
        raise matter.forbidden(UNLISTED)


PLUGINS = tuple(
    Plugin("PodNodeSelector", stage, 56, frozenset({Operations.CREATE}), admit, frozenset({"pods"}), enabled=False)
    for stage, admit in ((Stage.MUTATE, merge), (Stage.VALIDATE, check))
)
