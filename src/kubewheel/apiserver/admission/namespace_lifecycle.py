"""NamespaceLifecycle: nothing is made in a namespace that is missing or ending; some namespaces cannot be deleted."""

from typing import TYPE_CHECKING

from kubewheel.api import errors
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

PROTECTED = frozenset({"default", "kube-system", "kube-public"})
REVIEWS = frozenset({"localsubjectaccessreviews.authorization.k8s.io"})


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse what the state of its namespace does not allow."""
    if matter.operation is Operations.DELETE:
        if matter.resource.storage_key == "namespaces" and matter.name in PROTECTED:
            raise errors.forbidden("", "namespaces", matter.name, "this namespace may not be deleted")
        return
    if not matter.namespace or not matter.resource.namespaced or matter.resource.storage_key in REVIEWS:
        return
    entry = backend.store.get(Key("namespaces", "", matter.namespace))
    if entry is None:
        raise errors.not_found("", "namespaces", matter.namespace)
    if matter.operation is Operations.CREATE and not matter.subresource:
        _refuse_terminating(matter, (entry.object.get("status") or {}).get("phase") == "Terminating")


def _refuse_terminating(matter: Matter, is_terminating: bool) -> None:
    if not is_terminating:
        return
    detail = f"unable to create new content in namespace {matter.namespace} because it is being terminated"
    refusal = matter.forbidden(detail)
    refusal.details["causes"] = [{
        "reason": "NamespaceTerminating", "message": f"namespace {matter.namespace} is being terminated",
        "field": "metadata.namespace",
    }]
    raise refusal


PLUGIN = Plugin(
    "NamespaceLifecycle", Stage.MUTATE, 10,
    frozenset({Operations.CREATE, Operations.UPDATE, Operations.DELETE}), admit,
)
