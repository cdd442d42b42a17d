"""ResourceQuota: what a request would use up is charged to the quotas of its namespace, or the request is refused.

Charging is a compare-and-swap on the quota's status before the object is written, so concurrent requests cannot exceed
a quota together. What is charged for writes that then fail, and what goes, is taken off by the quota controller.
https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubewheel.api import errors, quantity, quota_usage
from kubewheel.api.quota_usage import Amounts, Meter
from kubewheel.apiserver import versions
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Entry, Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

QUOTAS = "resourcequotas"
IGNORED = frozenset({
    "events", "events.events.k8s.io", "bindings", "localsubjectaccessreviews.authorization.k8s.io",
})
# Updates that may use more than before; all other objects are counted once.
UPDATES = frozenset({("services", ""), ("persistentvolumeclaims", ""), ("pods", "resize")})
ATTEMPTS = 20  # Only other servers at the same store compete; this one charges a namespace's quotas one by one.


@dataclass(frozen=True, slots=True)
class _Bill:
    """What is to be charged, with what came before it."""

    matter: Matter
    content: Object
    meter: Meter
    usage: Amounts
    previous: Amounts


async def admit(matter: Matter, backend: "Backend") -> None:
    """Charge the quotas of the namespace, or refuse."""
    if not matter.namespace or matter.resource.storage_key in IGNORED or matter.content is None:
        return
    if not backend.store.list(QUOTAS, matter.namespace, limit=1).entries or not _is_charged(matter, backend):
        return
    now = backend.clock.now()
    meter = quota_usage.meter_of(matter.resource.storage_key)
    previous = meter.measure(matter.old, now) if matter.old is not None else {}
    bill = _Bill(matter, matter.content, meter, meter.measure(matter.content, now), previous)
    async with backend.charging.setdefault(matter.namespace, asyncio.Lock()):
        await _charge(bill, backend)


def _is_charged(matter: Matter, backend: "Backend") -> bool:
    if matter.operation is Operations.UPDATE:
        return (matter.resource.storage_key, matter.subresource) in UPDATES
    if matter.subresource:
        return False
    # A name that is taken is refused on writing, and nothing would take the charge back at once.
    key = Key(matter.resource.storage_key, matter.namespace, matter.name)
    return not matter.name or backend.store.get(key) is None


async def _charge(bill: _Bill, backend: "Backend") -> None:
    """Charge all quotas, or none and refuse."""
    charged: dict[str, Amounts] = {}
    try:
        for _ in range(ATTEMPTS):
            entries = backend.store.list(QUOTAS, bill.matter.namespace).entries
            costs = _costs(bill, [entry for entry in entries if entry.key.name not in charged])
            if bill.matter.dry_run or not costs:
                return
            if await _write_all(backend, costs, charged):
                return
    except errors.StatusError:
        await _refund(bill, backend, charged)
        raise
    await _refund(bill, backend, charged)
    raise errors.conflict("", QUOTAS, costs[0][0].key.name)


def _costs(bill: _Bill, entries: Sequence[Entry]) -> list[tuple[Entry, Amounts]]:
    """Return what each quota is to be charged; raise 403 if that is more than one of them has left."""
    found: list[tuple[Entry, Amounts]] = []
    for entry in entries:
        cost = _cost(bill, entry.object)
        if cost:
            found.append((entry, cost))
    for entry, cost in found:
        _refuse_excess(bill.matter, entry.object, cost)
    return found


def _cost(bill: _Bill, quota: Object) -> Amounts:
    """Return what one quota is to be charged; raise 403 if the object does not say all that the quota asks for."""
    hard = quota_usage.hard(quota)
    if not quota_usage.concerns(bill.meter, quota, bill.content, hard):
        return {}
    tracked = [name for name in sorted(hard) if bill.meter.tracks(name)]
    name = quota["metadata"]["name"]
    if bill.matter.resource.storage_key == "pods":
        _refuse_unspecified(bill.matter, name, bill.content, tracked)
    if not quota_usage.used(quota).keys() >= set(tracked):
        raise bill.matter.forbidden(f"status unknown for quota: {name}, resources: {','.join(tracked)}")
    previous: Amounts = {}
    if bill.matter.old is not None and quota_usage.concerns(bill.meter, quota, bill.matter.old, hard):
        previous = bill.previous
    cost = {each: bill.usage[each] - previous.get(each, quantity.ZERO) for each in tracked if each in bill.usage}
    return {each: amount for each, amount in cost.items() if amount.nanos > 0}


def _refuse_unspecified(matter: Matter, name: str, pod: Object, tracked: Collection[str]) -> None:
    missing = quota_usage.unspecified(pod, tracked)
    if missing:
        listed = "; ".join(f"{each} for: {','.join(containers)}" for each, containers in missing.items())
        raise matter.forbidden(f"failed quota: {name}: must specify {listed}")


def _refuse_excess(matter: Matter, quota: Object, cost: Amounts) -> None:
    used, hard = quota_usage.used(quota), quota_usage.hard(quota)
    exceeded = [name for name in sorted(cost) if used[name] + cost[name] > hard[name]]
    if exceeded:
        requested, before, limited = (_shown(each, exceeded) for each in (cost, used, hard))
        raise matter.forbidden(
            f"exceeded quota: {quota['metadata']['name']}, requested: {requested}, used: {before}, limited: {limited}"
        )


def _shown(amounts: Mapping[str, quantity.Quantity], names: Sequence[str]) -> str:
    return ",".join(f"{name}={amounts[name]}" for name in names)


async def _write_all(
    backend: "Backend", costs: Sequence[tuple[Entry, Amounts]], charged: dict[str, Amounts]
) -> bool:
    """Charge each quota and note it in `charged`; return whether none had changed meanwhile."""
    complete = True
    for entry, cost in costs:
        try:
            await _add(backend, entry, cost)
        except Conflict:
            complete = False
        else:
            charged[entry.key.name] = cost
    return complete


async def _add(backend: "Backend", entry: Entry, cost: Amounts) -> None:
    quota = versions.mutable(entry)
    used = quota_usage.used(quota)
    total = {name: str(used.get(name, quantity.ZERO) + amount) for name, amount in cost.items()}
    quota["status"]["used"] = {**quota["status"]["used"], **total}
    await backend.store.write(entry.key, quota, expected=entry.revision)


async def _refund(bill: _Bill, backend: "Backend", charged: Mapping[str, Amounts]) -> None:
    for name, cost in charged.items():
        entry = backend.store.get(Key(QUOTAS, bill.matter.namespace, name))
        if entry is None:
            continue
        try:
            await _add(backend, entry, {each: -amount for each, amount in cost.items()})
        except Conflict:
            continue  # Whoever was quicker leaves it to the controller, which counts again.


PLUGIN = Plugin("ResourceQuota", Stage.VALIDATE, 1000, WRITES, admit)
