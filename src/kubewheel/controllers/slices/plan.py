"""The plan: which slices to create, update or delete. Pure.

Slices of one address type and one list of ports form a group. Endpoints that are in a slice already stay there;
new ones first fill slices that change anyway, then others with room, then new ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.libs.wire import Object

MAX_ENDPOINTS = 100  # To a slice; more would make each change cost too much to tell everybody.

Endpoint = Mapping[str, Any]
Port = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Wanted endpoints that share address type and ports."""

    address_type: str
    ports: Sequence[Port]
    endpoints: Sequence[Endpoint]


@dataclass(slots=True)
class SlicePlan:
    """Changes to slices. `create` and `update` hold whole objects; `create` ones have no name yet."""

    create: list[dict[str, Any]] = field(default_factory=list)
    update: list[dict[str, Any]] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A present slice with the endpoints that it keeps."""

    slice: Object
    endpoints: list[Endpoint]
    is_changed: bool


def plan_slices(
    wanted: Sequence[Group], present: Sequence[Object], template: Object, limit: int = MAX_ENDPOINTS
) -> SlicePlan:
    """Return the changes from `present` to `wanted`; `template` has the metadata that every slice shall have."""
    plan = SlicePlan()
    by_group: dict[tuple[object, ...], list[Object]] = {}
    for each in present:
        by_group.setdefault(_group_key(each["addressType"], each.get("ports") or ()), []).append(each)
    for group in wanted:
        slices = by_group.pop(_group_key(group.address_type, group.ports), [])
        _plan_group(group, slices, template, limit, plan)
    for slices in by_group.values():
        plan.delete += slices
    _reuse(plan)
    return plan


def _group_key(address_type: str, ports: Sequence[Port]) -> tuple[object, ...]:
    names = ("name", "port", "protocol", "appProtocol")
    return address_type, *sorted(tuple(str(port.get(name) or "") for name in names) for port in ports)


def _endpoint_key(endpoint: Endpoint) -> tuple[object, ...]:
    target = endpoint.get("targetRef") or {}
    return tuple(endpoint["addresses"]), target.get("uid"), endpoint.get("nodeName")


def _plan_group(group: Group, slices: Sequence[Object], template: Object, limit: int, plan: SlicePlan) -> None:
    missing = {_endpoint_key(each): each for each in group.endpoints}
    drafts = [_draft(each, missing, template) for each in slices]
    left = list(missing.values())
    # Slices that change anyway take new endpoints first; then the fullest ones, to keep their number small.
    for draft in sorted(drafts, key=lambda each: (not each.is_changed, -len(each.endpoints))):
        room = limit - len(draft.endpoints)
        if left and room > 0:
            draft.endpoints += left[:room]
            left = left[room:]
            draft.is_changed = True
    empties = [draft for draft in drafts if not draft.endpoints]
    keep_empty = empties[0] if not group.endpoints and empties else None
    for draft in drafts:
        if not draft.endpoints and draft is not keep_empty:
            plan.delete.append(draft.slice)
        elif draft.is_changed:
            plan.update.append(_filled(draft.slice, draft.endpoints, template))
    for start in range(0, len(left), limit):
        plan.create.append(_new(group, left[start : start + limit], template))
    if not group.endpoints and keep_empty is None:
        plan.create.append(_new(group, [], template))


def _draft(slice: Object, missing: dict[tuple[object, ...], Endpoint], template: Object) -> _Draft:
    kept: list[Endpoint] = []
    is_changed = not _has_metadata(slice, template)
    for old in slice.get("endpoints") or ():
        new = missing.pop(_endpoint_key(old), None)
        if new is None:
            is_changed = True
        else:
            kept.append(new)
            is_changed = is_changed or new != old
    return _Draft(slice, kept, is_changed)


def _has_metadata(slice: Object, template: Object) -> bool:
    metadata, wanted = slice["metadata"], template["metadata"]
    return bool(
        (metadata.get("labels") or {}) == wanted["labels"]
        and metadata.get("ownerReferences") == wanted["ownerReferences"]
        and (wanted.get("annotations") or {}).items() <= (metadata.get("annotations") or {}).items()
    )


def _filled(slice: Object, endpoints: Sequence[Endpoint], template: Object) -> dict[str, Any]:
    wanted = template["metadata"]
    metadata = {**slice["metadata"], "labels": wanted["labels"], "ownerReferences": wanted["ownerReferences"]}
    if wanted.get("annotations"):
        metadata["annotations"] = {**(metadata.get("annotations") or {}), **wanted["annotations"]}
    return {**slice, "metadata": metadata, "endpoints": list(endpoints)}


def _new(group: Group, endpoints: Sequence[Endpoint], template: Object) -> dict[str, Any]:
    return {
        **template, "addressType": group.address_type, "endpoints": list(endpoints), "ports": list(group.ports),
    }


def _reuse(plan: SlicePlan) -> None:
    """Turn a delete and a create of one address type into one update: readers see no moment without either."""
    for slice in list(plan.delete):
        for new in plan.create:
            if new["addressType"] == slice["addressType"]:
                plan.create.remove(new)
                plan.delete.remove(slice)
                changed = _filled(slice, new["endpoints"], new)
                plan.update.append({**changed, "ports": new["ports"]})
                break
