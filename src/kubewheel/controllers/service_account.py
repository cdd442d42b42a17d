"""ServiceAccount: each namespace has one named "default".

In: Namespaces, ServiceAccounts.  Out: ServiceAccounts.
"""

from collections.abc import Iterable

from kubewheel.api.errors import StatusError
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, objects

DEFAULT = "default"


async def reconcile(key: Key, world: World) -> Outcome:
    """Create the default account of one namespace if it is missing."""
    namespace = world.get("Namespace", key)
    if namespace is None or objects.is_deleting(namespace):
        return Done()
    if world.get("ServiceAccount", (key.name, DEFAULT)) is None:
        account = {
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": DEFAULT, "namespace": key.name},
        }
        try:
            await world.create(account)
        except StatusError as error:
            if error.code != 409 and not objects.is_namespace_terminating(error):
                raise
    return Done()


def _of_deleted(_: World, change: Change) -> Iterable[Key]:
    if change.new is None and objects.name(change.object) == DEFAULT:
        return [Key("", objects.namespace(change.object))]
    return []


CONTROLLER = Controller(
    name="service-account-controller", watches="Namespace", reconcile=reconcile,
    maps=(Maps("ServiceAccount", _of_deleted),),
)
