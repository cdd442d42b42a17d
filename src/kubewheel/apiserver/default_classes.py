"""Default classes: objects that name no class get the one that is marked as default."""

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


def newest(backend: "Backend", resource: str, annotations: Collection[str]) -> str | None:
    """Return the name of the class with one of these annotations set to true: of several the youngest."""
    marks = [name.encode() for name in annotations]
    found = [
        entry.object["metadata"] for entry in backend.store.list(resource).entries
        if any(mark in entry.encoded for mark in marks)
    ]
    # Entries come by name, and sorting keeps that order among equals.
    found.sort(key=lambda metadata: metadata.get("creationTimestamp") or "", reverse=True)
    for metadata in found:
        if any((metadata.get("annotations") or {}).get(name) == "true" for name in annotations):
            return str(metadata["name"])
    return None
