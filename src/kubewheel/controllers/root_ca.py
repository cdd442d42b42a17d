"""Root CA: each namespace has the ConfigMap by which pods know the API server's certificate authority.

In: Namespaces, the ConfigMaps of that name.  Out: these ConfigMaps, restored when somebody changes them.
"""

from collections.abc import Iterable

from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, objects

NAME = "kube-root-ca.crt"
FIELD = "ca.crt"
FIELDS = f"metadata.name={NAME}"
DESCRIPTION = "kubernetes.io/description"
TEXT = "The certificate authority of this cluster's API server, for clients inside the cluster."


def controller(root_ca: bytes) -> Controller:
    """Return the controller that publishes `root_ca`, PEM."""
    data = {FIELD: root_ca.decode()}

    async def reconcile(key: Key, world: World) -> Outcome:
        namespace = world.get("Namespace", key)
        if namespace is None or objects.is_deleting(namespace):
            return Done()
        found = world.informers.informer("ConfigMap", fields=FIELDS).get(key.name, NAME)
        if found is None:
            await _create(world, key.name, data)
        elif found.get("data") != data or DESCRIPTION not in objects.annotations(found):
            await world.update({**objects.with_annotations(found, {DESCRIPTION: TEXT}), "data": data})
        return Done()

    return Controller(
        name="root-ca-cert-publisher", watches="Namespace", reconcile=reconcile,
        maps=(Maps("ConfigMap", _namespace_of, FIELDS),),
    )


async def _create(world: World, namespace: str, data: Object) -> None:
    metadata = {"name": NAME, "namespace": namespace, "annotations": {DESCRIPTION: TEXT}}
    try:
        await world.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    except StatusError as error:
        if error.code != 409 and not objects.is_namespace_terminating(error):
            raise


def _namespace_of(_: World, change: Change) -> Iterable[Key]:
    return [] if change.type == "ADDED" else [Key("", objects.namespace(change.object))]
