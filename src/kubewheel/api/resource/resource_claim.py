"""ResourceClaim: asks for devices."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import begin_with, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.resource import requests
from kubewheel.api.validation.faults import Faults, duplicate, forbidden, immutable, required, too_many
from kubewheel.libs.wire import Object

GROUP = "resource.k8s.io"
MAX_CONSUMERS = 256


def default(claim: dict[str, Any]) -> None:
    """Complete a ResourceClaim."""
    requests.default(part_of(claim, "spec"))


def validate(claim: Object) -> Faults:
    """Return the faults of a ResourceClaim."""
    return requests.validate(claim.get("spec") or {}, "spec")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a claim asks for what it always did."""
    return immutable("spec", new.get("spec"), old.get("spec"))


def validate_status(new: Object, old: Object) -> Faults:
    """Return the faults of a new status."""
    status, before = new.get("status") or {}, old.get("status") or {}
    consumers, allocation = status.get("reservedFor") or [], status.get("allocation")
    path = "status.reservedFor"
    faults: Faults = []
    if len(consumers) > MAX_CONSUMERS:
        faults.append(too_many(path, len(consumers), MAX_CONSUMERS))
    if consumers and allocation is None:
        faults.append(forbidden(path, "may not be specified when `allocated` is not set"))
    uids = [consumer.get("uid") for consumer in consumers]
    for index, consumer in enumerate(consumers):
        faults += [
            required(f"{path}[{index}].{name}") for name in ("resource", "name", "uid") if not consumer.get(name)
        ]
        if consumer.get("uid") in uids[:index]:
            faults.append(duplicate(f"{path}[{index}].uid", consumer.get("uid")))
    if allocation is not None and before.get("allocation") is not None:
        faults += immutable("status.allocation", allocation, before["allocation"])
    return faults


def _state(claim: Object) -> str:
    status = claim.get("status") or {}
    is_deleted = bool((claim.get("metadata") or {}).get("deletionTimestamp"))
    states = ["deleted"] if is_deleted else []
    if status.get("allocation") is not None:
        states.append("allocated")
        if status.get("reservedFor"):
            states.append("reserved")
    elif not is_deleted:
        states.append("pending")
    return ",".join(states)


def row(claim: Object, now: float) -> list[Any]:
    """Return the cells of a ResourceClaim."""
    return [cells.name(claim), _state(claim), cells.age(claim, now)]


KIND = Kind(
    GROUP, "ResourceClaim", default=default, prepare_create=begin_with(), prepare_update=keep_status,
    validate=validate, validate_update=validate_update, validate_status=validate_status, row=row,
    columns=(NAME, Column("State", description="pending, allocated, reserved and the like."), AGE),
)
