"""NamespaceExists: refuses what concerns a namespace that is not there, whatever the operation."""

from typing import TYPE_CHECKING

from kubewheel.api import errors
from kubewheel.apiserver.admission.namespace_lifecycle import REVIEWS
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, backend: "Backend") -> None:
    """Look the namespace up."""
    if not matter.namespace or not matter.resource.namespaced or matter.resource.storage_key in REVIEWS:
        return
    if backend.store.get(Key("namespaces", "", matter.namespace)) is None:
        raise errors.not_found("", "namespaces", matter.namespace)


PLUGIN = Plugin(
    "NamespaceExists", Stage.VALIDATE, 12, frozenset({Operations.CREATE, Operations.UPDATE, Operations.DELETE}),
    admit, enabled=False,
)
