"""The pod-template-hash: which template a ReplicaSet stands for, short enough for names and labels."""

from typing import Any

from kubewheel.libs.wire import Object
from kubewheel.reconcile import hashing

LABEL = "pod-template-hash"


def template_hash(template: Object, collisions: int = 0) -> str:
    """Return the hash of a pod template; `collisions` gives another one when the name is taken."""
    return hashing.short_hash(template, collisions)


def without_hash(template: Object) -> dict[str, Any]:
    """Return a template for comparison: without the hash label and without empty metadata."""
    metadata: dict[str, Any] = dict(template.get("metadata") or {})
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key != LABEL}
    return {"metadata": {name: value for name, value in metadata.items() if value}, "spec": template.get("spec")}
