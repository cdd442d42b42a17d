"""Owners of one object, verified with live reads: which exist, which wait for their dependents, which are absent."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kubewheel.api.errors import StatusError
from kubewheel.client import Client
from kubewheel.client.client import METADATA_ONLY
from kubewheel.client.paths import kind_of, single
from kubewheel.controllers.garbage_collector import graph
from kubewheel.controllers.garbage_collector.graph import Item, Reference
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

REMEMBERED = 500  # Absent owners; a uid never comes back.


@dataclass(slots=True)
class Owners:
    """The owner references of an object, by the state of the owner."""

    solid: list[Reference] = field(default_factory=list)
    waiting: list[Reference] = field(default_factory=list)
    absent: list[Reference] = field(default_factory=list)


class Verifier:
    """Looks owners up, and remembers those that are gone."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._absent: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def sort(self, item: Item, references: Iterable[Reference]) -> Owners:
        """Return the references of `item` by the live state of each owner."""
        result = Owners()
        for reference in references:
            if (reference["uid"], item.namespace) in self._absent:
                result.absent.append(reference)
                continue
            resource = self._client.resource(kind_of(reference["apiVersion"], reference["kind"]))
            if resource.namespaced and not item.namespace:
                # A cluster object cannot have an owner in a namespace; nothing proves that the owner is absent.
                result.solid.append(reference)
                continue
            owner = await self.live(
                kind_of(reference["apiVersion"], reference["kind"]), item.namespace, reference["name"]
            )
            if owner is None or objects.uid(owner) != reference["uid"]:
                self._remember(reference["uid"], item.namespace)
                result.absent.append(reference)
            elif objects.is_deleting(owner) and graph.FOREGROUND in objects.finalizers(owner):
                result.waiting.append(reference)
            else:
                result.solid.append(reference)
        return result

    async def live(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return the metadata of an object as it is now; None if it is gone."""
        resource = self._client.resource(kind)
        path = single(resource, namespace if resource.namespaced else "", name)
        try:
            return await self._client.get_path(path, accept=METADATA_ONLY)
        except StatusError as error:
            if error.code != 404:
                raise
            return None

    def _remember(self, uid: str, namespace: str) -> None:
        self._absent[uid, namespace] = None
        if len(self._absent) > REMEMBERED:
            self._absent.popitem(last=False)
