"""The content of a namespace: deletes all of it, and counts what is left."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.client import Client
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

# Events speak of objects that go away; upstream deletes them too, and so does this, last.
GONE = frozenset((404, 405))


@dataclass(slots=True)
class Remains:
    """What is left of a namespace: how many of each resource, whose finalizers, what could not be deleted."""

    counts: Counter[str] = field(default_factory=Counter)
    finalizers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    grace_seconds: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left and nothing failed."""
        return not self.counts and not self.failures


def deletable(resources: Iterable[Resource]) -> list[Resource]:
    """Return the namespaced resources whose objects can be listed and deleted."""
    return [
        each for each in resources
        if each.namespaced and "list" in each.verbs and ("delete" in each.verbs or "deletecollection" in each.verbs)
    ]


async def empty(client: Client, namespace: str, resources: Iterable[Resource]) -> Remains:
    """Ask for the deletion of all objects; return what is left."""
    remains = Remains()
    for resource in resources:
        try:
            await _empty(client, namespace, resource, remains)
        except StatusError as error:
            if error.code not in GONE:
                remains.failures.append(str(error))
        except OSError as error:
            remains.failures.append(str(error))
    return remains


async def _empty(client: Client, namespace: str, resource: Resource, remains: Remains) -> None:
    kind = resource.qualified_kind
    client.learn(kind, resource)
    if not (await client.list(kind, namespace, limit=1, metadata_only=client.remote)).items:
        return
    if "deletecollection" in resource.verbs:
        await client.delete_collection(kind, namespace, propagation="Background")
    else:
        for obj in (await client.list(kind, namespace, metadata_only=client.remote)).items:
            await client.delete(kind, objects.name(obj), namespace, propagation="Background")
    left = (await client.list(kind, namespace, metadata_only=client.remote)).items
    if left:
        remains.counts[resource.key] += len(left)
    for obj in left:
        _count(obj, remains)


def _count(obj: Object, remains: Remains) -> None:
    remains.finalizers.update(objects.finalizers(obj))
    remains.grace_seconds = max(remains.grace_seconds, obj["metadata"].get("deletionGracePeriodSeconds") or 0)
