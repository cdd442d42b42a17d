"""NamespaceAutoProvision: a namespace comes into being with the first object in it."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, backend: "Backend") -> None:
    """Create the namespace of a new object."""
    if not matter.namespace or not matter.resource.namespaced or matter.dry_run:
        return
    if backend.store.get(Key("namespaces", "", matter.namespace)) is not None:
        return
    from kubewheel.apiserver.bootstrap.ensure import ensure  # Leads back to admission.

    await ensure(backend, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": matter.namespace}})


PLUGIN = Plugin("NamespaceAutoProvision", Stage.MUTATE, 5, frozenset({Operations.CREATE}), admit, enabled=False)
