"""Owner references: who owns an object, and which of the owners controls it."""

from collections.abc import Mapping
from typing import Any

from kubewheel.libs.wire import Object


def controller_of(obj: Object) -> Mapping[str, Any] | None:
    """Return the reference to the owner that controls `obj`, or None."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return reference  # type: ignore[no-any-return]
    return None


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Return whether `owner`, this very one and no namesake, controls `obj`."""
    found = controller_of(obj)
    return found is not None and found.get("uid") == owner["metadata"].get("uid")


def reference_to(owner: Object, *, controller: bool = True) -> dict[str, Any]:
    """Return the reference that makes `owner` own an object; controlling owners block until it is gone."""
    reference = {
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
    }
    return reference | {"controller": True, "blockOwnerDeletion": True} if controller else reference
