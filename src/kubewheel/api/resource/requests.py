"""What a claim asks for: requests of devices, constraints between them, configuration."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.defaults.fields import fill, fill_empty
from kubewheel.api.storage.csi_names import validate_driver_name
from kubewheel.api.validation import tolerations
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    forbidden,
    invalid,
    required,
    too_long,
    too_many,
    unsupported,
)
from kubewheel.libs.wire import Object

EXACT, ALL = "ExactCount", "All"
MODES = (ALL, EXACT)
MAX_REQUESTS, MAX_SUBREQUESTS, MAX_SELECTORS, MAX_CONSTRAINTS = 32, 8, 32, 32
EXPRESSION_BYTES = 10 * 1024
UNKNOWN_REQUEST = (
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
)


def default(spec: dict[str, Any]) -> None:
    """Ask for one device where the author did not say how many."""
    for request in (spec.get("devices") or {}).get("requests") or []:
        for part in [request.get("exactly"), *(request.get("firstAvailable") or [])]:
            if part is not None:
                fill_empty(part, "allocationMode", EXACT)
                if part["allocationMode"] == EXACT:
                    fill(part, "count", 1)


def validate_selectors(selectors: Sequence[Object] | None, path: str) -> Faults:
    """Check expressions that select devices."""
    listed = selectors or ()
    faults = [too_many(path, len(listed), MAX_SELECTORS)] if len(listed) > MAX_SELECTORS else []
    for index, selector in enumerate(listed):
        here, cel = f"{path}[{index}].cel", selector.get("cel")
        if cel is None:
            faults.append(required(here))
        elif len(cel.get("expression") or "") > EXPRESSION_BYTES:
            faults.append(too_long(f"{here}.expression", EXPRESSION_BYTES))
        else:
            faults += _validate_expression(cel.get("expression") or "", f"{here}.expression")
    return faults


def _validate_expression(text: str, path: str) -> Faults:
    from kubewheel.api.expressions import Invalid, devices  # Only claims with selectors need them.

    try:
        return [] if devices.check(text) else [forbidden(path, devices.TOO_COMPLEX)]
    except Invalid as error:
        return [invalid(path, text, str(error))]


def _validate_part(part: Object, path: str) -> Faults:
    chosen, mode, count = part.get("deviceClassName") or "", part.get("allocationMode") or "", part.get("count") or 0
    here = f"{path}.deviceClassName"
    faults = each(here, chosen, names.dns_subdomain(chosen)) if chosen else [required(here)]
    faults += validate_selectors(part.get("selectors"), f"{path}.selectors")
    if mode == ALL and count:
        detail = "must not be specified when allocationMode is 'All'"
        faults.append(invalid(f"{path}.count", count, detail))
    elif mode == EXACT and count <= 0:
        faults.append(invalid(f"{path}.count", count, "must be greater than zero"))
    elif mode not in MODES:
        faults.append(unsupported(f"{path}.allocationMode", mode, MODES))
    return faults + tolerations.validate_tolerations(part.get("tolerations") or [], f"{path}.tolerations")


def _validate_name(name: str, path: str, seen: set[str]) -> Faults:
    faults = each(path, name, names.dns_label(name)) if name else [required(path)]
    if name in seen:
        faults.append(duplicate(path, name))
    seen.add(name)
    return faults


def _validate_request(request: Object, path: str, seen: set[str]) -> Faults:
    faults = _validate_name(request.get("name") or "", f"{path}.name", seen)
    exactly, choices = request.get("exactly"), request.get("firstAvailable") or []
    if (exactly is None) == (not choices):
        detail = "exactly one of `exactly` or `firstAvailable` is required"
        problem = required(path, detail) if exactly is None else invalid(path, dict(request), detail)
        return [*faults, problem]
    if exactly is not None:
        return faults + _validate_part(exactly, f"{path}.exactly")
    if len(choices) > MAX_SUBREQUESTS:
        faults.append(too_many(f"{path}.firstAvailable", len(choices), MAX_SUBREQUESTS))
    known: set[str] = set()
    for index, choice in enumerate(choices):
        here = f"{path}.firstAvailable[{index}]"
        faults += _validate_name(choice.get("name") or "", f"{here}.name", known) + _validate_part(choice, here)
    return faults


def _validate_mentions(mentioned: Sequence[str], path: str, known: set[str]) -> Faults:
    faults: Faults = []
    for index, name in enumerate(mentioned):
        if name in mentioned[:index]:
            faults.append(duplicate(f"{path}[{index}]", name))
        if name not in known:
            faults.append(invalid(f"{path}[{index}]", name, UNKNOWN_REQUEST))
    return faults


def _request_names(requests: Sequence[Object]) -> set[str]:
    found: set[str] = set()
    for request in requests:
        name = str(request.get("name"))
        found.add(name)
        found |= {f"{name}/{choice.get('name')}" for choice in request.get("firstAvailable") or []}
    return found


def validate_configuration(configuration: Object, path: str) -> Faults:
    """Check parameters that only a driver understands."""
    opaque = configuration.get("opaque")
    if opaque is None:
        return [required(f"{path}.opaque")]
    faults = validate_driver_name(opaque.get("driver") or "", f"{path}.opaque.driver")
    parameters = opaque.get("parameters")
    if parameters is None:
        faults.append(required(f"{path}.opaque.parameters"))
    elif not isinstance(parameters, dict):
        faults.append(invalid(f"{path}.opaque.parameters", "<value omitted>", "must be a valid JSON object"))
    return faults


def validate(spec: Object, path: str) -> Faults:
    """Return the faults of what a claim asks for."""
    devices = spec.get("devices") or {}
    requests, constraints = devices.get("requests") or [], devices.get("constraints") or []
    here = f"{path}.devices"
    faults = [too_many(f"{here}.requests", len(requests), MAX_REQUESTS)] if len(requests) > MAX_REQUESTS else []
    seen: set[str] = set()
    for index, request in enumerate(requests):
        faults += _validate_request(request, f"{here}.requests[{index}]", seen)
    if len(constraints) > MAX_CONSTRAINTS:
        faults.append(too_many(f"{here}.constraints", len(constraints), MAX_CONSTRAINTS))
    known = _request_names(requests)
    for index, constraint in enumerate(constraints):
        place = f"{here}.constraints[{index}]"
        faults += _validate_mentions(constraint.get("requests") or [], f"{place}.requests", known)
        if not constraint.get("matchAttribute") and not constraint.get("distinctAttribute"):
            faults.append(required(f"{place}.matchAttribute"))
    for index, configuration in enumerate(devices.get("config") or []):
        place = f"{here}.config[{index}]"
        faults += _validate_mentions(configuration.get("requests") or [], f"{place}.requests", known)
        faults += validate_configuration(configuration, place)
    return faults
