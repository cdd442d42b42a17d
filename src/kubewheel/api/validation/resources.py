"""Amounts of resources: quantities, and what containers and pods request at least and at most."""

from collections.abc import Callable, Collection
from typing import Any

from kubewheel.api import names, pods, quantity
from kubewheel.api.validation import resource_names
from kubewheel.api.validation.faults import (
    NEGATIVE,
    NOT_INTEGER,
    NOT_POSITIVE,
    Faults,
    duplicate,
    each,
    forbidden,
    invalid,
    not_found,
    required,
    unsupported,
)
from kubewheel.libs.wire import Object

NameRule = Callable[[str, str], Faults]


def validate_amount(name: str, value: Any, path: str) -> Faults:
    """Check an amount of the resource `name`."""
    amount = quantity.of(value)
    faults = [invalid(path, str(amount), NEGATIVE)] if amount.nanos < 0 else []
    if resource_names.is_counted(name) and amount.milli % 1000:
        faults.append(invalid(path, str(amount), NOT_INTEGER))
    return faults


def validate_positive(value: Any, path: str) -> Faults:
    """Check that an amount is more than nothing."""
    amount = quantity.of(value)
    return [] if amount.nanos > 0 else [invalid(path, str(amount), NOT_POSITIVE)]


def validate_basic(value: Any, path: str) -> Faults:
    """Check an amount of storage."""
    amount = quantity.of(value)
    return [] if amount.value >= 0 else [invalid(path, amount.value, "must be a valid resource quantity")]


def validate_amounts(amounts: Object | None, path: str, rule: NameRule) -> Faults:
    """Check names (by `rule`) and amounts of a list of resources."""
    faults: Faults = []
    for name, value in (amounts or {}).items():
        faults += rule(name, f"{path}[{name}]")
        faults += validate_amount(name, value, f"{path}[{name}]")
    return faults


def _validate_list(amounts: Object, path: str, rule: NameRule) -> Faults:
    faults: Faults = []
    for name, value in amounts.items():
        here = f"{path}[{name}]"
        faults += rule(name, here)
        faults += validate_amount(name, value, here)
        amount = quantity.of(value)
        if resource_names.is_huge_page(name) and not resource_names.is_page_multiple(name, amount):
            faults.append(invalid(here, str(amount), f"{amount} is not positive integer multiple of {name}"))
    return faults


def _compare(requests: Object, limits: Object, path: str) -> Faults:
    """Check that limits are no lower than requests, and equal to them where nothing is shared."""
    faults: Faults = []
    for name, value in requests.items():
        shared = resource_names.may_overcommit(name)
        if name not in limits:
            if not shared:
                faults.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
            continue
        request, limit = quantity.of(value), quantity.of(limits[name])
        if request != limit and not shared:
            detail = f"must be equal to {name} limit of {limit}"
        elif request > limit:
            detail = f"must be less than or equal to {name} limit of {limit}"
        else:
            continue
        faults.append(invalid(f"{path}.requests", str(request), detail))
    return faults


def _validate_claims(claims: list[Any], known: Collection[str], path: str) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        here = f"{path}[{index}]"
        name, request = claim.get("name") or "", claim.get("request") or ""
        if not name:
            faults.append(required(here))
            continue
        key = f"{name}/{request}" if request else name
        faults += each(f"{here}.request", request, names.dns_label(request) if request else ())
        covers_others = not request and any(other.startswith(f"{name}/") for other in seen)
        if name in seen or key in seen or covers_others:
            faults.append(duplicate(here, name if name in seen or covers_others else key))
        seen.add(key)
        if name not in known:
            listed = f": {', '.join(sorted(known))}" if known else " which is empty"
            faults.append(not_found(here, name, f"must be one of the names in pod.spec.resourceClaims{listed}"))
    return faults


def validate_requirements(
    needs: Object | None, path: str, *, claims: Collection[str] = (),
    rule: NameRule = resource_names.validate_container_name,
) -> Faults:
    """Check `resources`: names by `rule`, amounts, and claims against the pod's."""
    if not needs:
        return []
    limits, requests = needs.get("limits") or {}, needs.get("requests") or {}
    faults = _validate_list(limits, f"{path}.limits", rule) + _validate_list(requests, f"{path}.requests", rule)
    faults += _compare(requests, limits, path)
    mentioned = {*limits, *requests}
    if any(map(resource_names.is_huge_page, mentioned)) and not mentioned & {"cpu", "memory"}:
        faults.append(forbidden(path, "HugePages require cpu or memory"))
    return faults + _validate_claims(needs.get("claims") or [], claims, f"{path}.claims")


def _pod_level_name(name: str, path: str) -> Faults:
    faults = resource_names.validate_name(name, path)
    if not faults and not resource_names.is_pod_level(name):
        return [unsupported(path, name, ("cpu", resource_names.HUGE_PAGES, "memory"))]
    return faults


def validate_pod_requirements(spec: Object, path: str) -> Faults:
    """Check what a pod asks for as a whole, by itself and against what its containers ask for."""
    needs = spec.get("resources")
    if not needs:
        return []
    faults: Faults = []
    if needs.get("claims") is not None:
        faults.append(forbidden(f"{path}.claims", "claims cannot be set for Resources at pod-level"))
    faults += validate_requirements(needs, path, rule=_pod_level_name)
    return faults + _compare_with_containers(spec, needs, path)


def _compare_with_containers(spec: Object, needs: Object, path: str) -> Faults:
    faults: Faults = []
    own = needs.get("requests") or {}
    for name, total in container_total(spec, "requests").items():
        amount = quantity.of(own.get(name))
        if resource_names.is_pod_level(name) and total > amount:
            detail = f"must be greater than or equal to aggregate container requests of {total}"
            faults.append(invalid(f"{path}.requests[{name}]", str(amount), detail))
    limits = needs.get("limits") or {}
    for index, container in enumerate(spec.get("containers") or []):
        for name, value in ((container.get("resources") or {}).get("limits") or {}).items():
            amount = quantity.of(value)
            if name in limits and amount > quantity.of(limits[name]):
                detail = f"must be less than or equal to pod limits of {quantity.of(limits[name])}"
                faults.append(invalid(f"{path}.containers[{index}][{name}].limits", str(amount), detail))
    return faults


def container_total(spec: Object, side: str) -> dict[str, quantity.Quantity]:
    """Return what the containers of a pod ask for together on `side` (requests or limits), at their peak."""
    own = {name: spec.get(name) for name in ("containers", "initContainers")}
    return pods.requests(own) if side == "requests" else pods.limits(own)
