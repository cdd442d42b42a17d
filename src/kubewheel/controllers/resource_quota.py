"""ResourceQuota: the status of quotas says what is enforced, and what the objects of the namespace use of it.

In: ResourceQuotas and the objects that they count.  Out: status. The API server adds to `used` what it admits; this
controller counts again whenever something goes.
"""

from collections.abc import Iterable, Sequence

from kubewheel.api import pods, quota_usage
from kubewheel.api.quantity import ZERO
from kubewheel.api.quota_usage import Amounts
from kubewheel.client import Informer
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Later, Outcome, World, key_of, objects

KIND = "ResourceQuota"
RESYNC_SECONDS = 300.0  # Finds what was charged for writes that failed.
QUIET_SECONDS = 0.5  # What was charged this long ago is written, or never will be.
SYNC_SECONDS = 0.1
UNKNOWN_SECONDS = 30.0  # Until a kind that is not served is looked for again.


def plan_status(quota: Object, used: Amounts) -> Object:
    """Return the status of a quota of which this much is used."""
    hard = quota_usage.amounts((quota.get("spec") or {}).get("hard"))
    return {
        "hard": {name: str(amount) for name, amount in hard.items()},
        "used": {name: str(used.get(name, ZERO)) for name in hard},
    }


def count(quota: Object, resource: str, found: Iterable[Object], now: float) -> Amounts:
    """Return what objects of one resource use of a quota."""
    meter = quota_usage.meter_of(resource)
    names = [name for name in (quota.get("spec") or {}).get("hard") or {} if meter.tracks(name)]
    scoped = list(quota_usage.scopes(quota))
    total: Amounts = {}
    for obj in found:
        if not all(meter.is_in_scope(each, obj) for each in scoped):
            continue
        usage = meter.measure(obj, now)
        for name in names:
            if name in usage:
                total[name] = total.get(name, ZERO) + usage[name]
    return total


def frees(change: Change) -> bool:
    """Return whether a namespace may use less after a change."""
    if change.new is None:
        return True
    if change.old is None:
        return False
    if pods.is_terminal(change.new) != pods.is_terminal(change.old):
        return True
    return bool(change.new.get("spec") != change.old.get("spec"))


def is_own_business(change: Change) -> bool:
    """Return whether a change of a quota leaves alone what is to be enforced."""
    if change.new is None or change.old is None:
        return change.new is None
    spec = change.new.get("spec") or {}
    return spec == (change.old.get("spec") or {}) and (change.new.get("status") or {}).get("hard") == spec.get("hard")


class ResourceQuotas:
    """The controller. It watches only what some quota counts."""

    def __init__(self) -> None:
        self._watched: dict[str, Informer] = {}
        self._seen: dict[Key, tuple[str, float]] = {}  # The last version of a quota, and since when it is known.

    def controller(self) -> Controller:
        """Return its description."""
        return Controller(
            name="resourcequota-controller", watches=KIND, reconcile=self.reconcile, ignores=is_own_business,
        )

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Count what one quota limits."""
        quota = world.get(KIND, key)
        if quota is None or objects.is_deleting(quota):
            self._seen.pop(key, None)
            return Done()
        used: Amounts = {}
        missing = False
        for resource in self._resources(quota):
            informer = self._watch(resource, world)
            if informer is None:
                missing = True
            elif not informer.has_synced:
                return Later(SYNC_SECONDS)
            else:
                used |= count(quota, resource, informer.list(key.namespace), world.clock.now())
        status = plan_status(quota, used)
        if status != (quota.get("status") or {}):
            wait = self._wait(key, quota, world.clock.monotonic())
            if wait > 0:
                return Later(wait)
            await world.update_status(quota, status)
        return Later(UNKNOWN_SECONDS if missing else RESYNC_SECONDS)

    def _wait(self, key: Key, quota: Object, now: float) -> float:
        """Return how long to wait before a lower count can be believed: an object is charged before it is written."""
        if not (quota.get("status") or {}).get("hard"):
            return 0.0  # Nothing is enforced, so nothing has been charged.
        version = quota["metadata"].get("resourceVersion", "")
        seen = self._seen.get(key)
        if seen is None or seen[0] != version:
            seen = self._seen[key] = (version, now)
        return seen[1] + QUIET_SECONDS - now

    @staticmethod
    def _resources(quota: Object) -> Sequence[str]:
        names = (quota.get("spec") or {}).get("hard") or {}
        return sorted({quota_usage.resource_of(name) for name in names} - {""})

    def _watch(self, resource: str, world: World) -> Informer | None:
        """Return the informer of a resource; None if nobody serves it."""
        if resource in self._watched:
            return self._watched[resource]
        served = world.client.registry.by_key(resource)
        if served is None:
            return None
        kind = served.qualified_kind
        reads_content = quota_usage.meter_of(resource).reads_content
        lean = not reads_content and world.client.remote and world.informers.existing(kind) is None
        informer = self._watched[resource] = world.informers.informer(kind, metadata_only=lean)

        def changed(type: str, new: Object | None, old: Object | None) -> None:
            change = Change(type, new, old)
            if frees(change) if reads_content else new is None:
                namespace = objects.namespace(change.object)
                for quota in world.list(KIND, namespace):
                    world.enqueue(key_of(quota))

        informer.add_handler(changed)
        return informer
