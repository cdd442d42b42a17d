"""Which requests a webhook or policy sees: operations, groups, versions, resources, scope."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api.defaults.fields import fill
from kubewheel.api.validation.faults import Faults, invalid, option, required, unsupported
from kubewheel.libs.wire import Object

ALL = "*"
OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
SCOPES = ("*", "Cluster", "Namespaced")
LISTS = (("apiGroups", "API groups"), ("apiVersions", "API versions"))


def default(rules: Sequence[dict[str, Any]] | None) -> None:
    """Complete rules."""
    for rule in rules or ():
        fill(rule, "scope", ALL)


def _validate_operations(operations: Sequence[str], path: str) -> Faults:
    if not operations:
        return [required(path)]
    faults: Faults = []
    if len(operations) > 1 and ALL in operations:
        faults.append(invalid(path, operations, "if '*' is present, must not specify other operations"))
    return faults + [
        unsupported(f"{path}[{index}]", operation, OPERATIONS)
        for index, operation in enumerate(operations) if operation not in OPERATIONS
    ]


def _validate_names(rule: Object, path: str) -> Faults:
    faults: Faults = []
    for name, word in LISTS:
        values, here = rule.get(name) or [], f"{path}.{name}"
        if not values:
            faults.append(required(here))
        if len(values) > 1 and ALL in values:
            faults.append(invalid(here, values, f"if '*' is present, must not specify other {word}"))
        if name == "apiVersions":
            faults += [required(f"{here}[{index}]") for index, value in enumerate(values) if not value]
    return faults


def _validate_resources(resources: Sequence[str], path: str, *, subresources: bool) -> Faults:
    if not resources:
        return [required(path)]
    faults: Faults = []
    everything = "*/*" if subresources else ALL
    if len(resources) > 1 and everything in resources:
        faults.append(invalid(path, resources, f"if '{everything}' is present, must not specify other resources"))
    if subresources and ALL in resources and len(resources) > 1:
        plain = [each for each in resources if "/" not in each and each != ALL]
        if plain:
            detail = "if '*' is present, must not specify other resources without subresources"
            faults.append(invalid(path, resources, detail))
    for index, resource in enumerate(resources):
        here = f"{path}[{index}]"
        if not resource:
            faults.append(required(here))
        if not subresources and "/" in resource:
            faults.append(invalid(here, resource, "must not specify subresources"))
        name, _, subresource = resource.partition("/")
        if name != ALL and f"{ALL}/{subresource}" in resources and subresource:
            detail = f"if '*/{subresource}' is present, must not specify {resource}"
            faults.append(invalid(here, resource, detail))
        if subresource not in ("", ALL) and f"{name}/{ALL}" in resources:
            detail = f"if '{name}/*' is present, must not specify {resource}"
            faults.append(invalid(here, resource, detail))
    return faults


def validate(rules: Sequence[Object] | None, path: str, *, subresources: bool = True) -> Faults:
    """Check rules about requests."""
    faults: Faults = []
    for index, rule in enumerate(rules or ()):
        here = f"{path}[{index}]"
        faults += _validate_operations(rule.get("operations") or [], f"{here}.operations")
        faults += _validate_names(rule, here)
        faults += _validate_resources(rule.get("resources") or [], f"{here}.resources", subresources=subresources)
        faults += option(f"{here}.scope", rule.get("scope"), SCOPES)
    return faults
