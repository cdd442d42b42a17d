"""Says of each ValidatingAdmissionPolicy which expressions do not fit the kinds that it is about (status.typeChecking).

An expression is checked against each kind that rules name without wildcards. What does not fit is a warning only: the
policy works all the same. The status is there from the first moment on, so that nobody's next write meets a conflict.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kubewheel.api import schema
from kubewheel.api.custom import kind as custom_kinds
from kubewheel.api.registry import Registry, Resource
from kubewheel.apiserver.admission.plugin import Matter
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend
    from kubewheel.libs.cel.types import Type

MOST_TYPES = 10
NAME = "AdmissionPolicyTypes"


async def admit(matter: Matter, backend: "Backend") -> None:
    """Complete the status of a policy whose spec is new; it says nothing that could be refused any more."""
    content = matter.content
    if content is None or matter.subresource:
        return
    generation = content["metadata"].get("generation", 0)
    status = content.get("status") or {}
    if status.get("observedGeneration") == generation:
        return
    warnings = check(content, backend.registry)
    content["status"] = {
        **status, "observedGeneration": generation,
        "typeChecking": {"expressionWarnings": warnings} if warnings else {},
    }


def check(policy: Object, registry: Registry) -> list[dict[str, str]]:
    """Return the warnings about a policy's expressions."""
    spec = policy["spec"]
    known = {resource.gvk: found for resource in _resources(spec, registry) if (found := _type_of(resource))}
    warnings: list[dict[str, str]] = []
    for index, rule in enumerate(spec.get("validations") or ()):
        for name in ("expression", "messageExpression"):
            text = rule.get(name) or ""
            path = f"spec.validations[{index}].{name}"
            lines = [line for gvk in sorted(known) for line in _warnings(policy, path, gvk, known[gvk], registry)]
            if text and lines:
                warnings.append({"fieldRef": path, "warning": "\n".join(lines)})
    return warnings


def _warnings(
    policy: Object, path: str, gvk: tuple[str, str, str], found: "Type", registry: Registry
) -> Iterator[str]:
    from kubewheel.api.admissionregistration import programs
    from kubewheel.api.expressions import admission
    from kubewheel.libs.cel.types import DYN

    params = _params_type(policy["spec"], registry)
    scope = admission.Scope(
        has_params=policy["spec"].get("paramKind") is not None, object=found, params=params or DYN,
    )
    for fault in programs.compile_policy(policy, scope)[1]:
        if fault.field == path and "compilation failed" in (fault.detail or ""):
            text = fault.detail.removeprefix("compilation failed: ")
            yield f"{gvk[0]}/{gvk[1]}, Kind={gvk[2]}: {text}\n"


def _params_type(spec: Mapping[str, Any], registry: Registry) -> "Type | None":
    kind = spec.get("paramKind") or {}
    resource = registry.of(kind.get("apiVersion") or "", kind.get("kind") or "") if kind else None
    return None if resource is None else _type_of(resource)


def _type_of(resource: Resource) -> "Type | None":
    from kubewheel.api.expressions import kinds, schemas

    custom = custom_kinds.of(resource)
    if custom is not None:
        return schemas.type_of(custom.schema, is_root=True, name=resource.kind)
    definition = schema.load().type_of(*resource.gvk)
    return None if definition is None else kinds.type_of(definition)


def _resources(spec: Mapping[str, Any], registry: Registry) -> list[Resource]:
    """Return the resources that rules name, as long as they are not too many."""
    found: list[Resource] = []
    for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ():
        groups, versions = rule.get("apiGroups") or (), rule.get("apiVersions") or ()
        if "*" in groups or "*" in versions:
            continue
        plurals = [each for each in rule.get("resources") or () if "*" not in each and "/" not in each]
        for named in itertools.product(sorted(groups), sorted(versions), sorted(plurals)):
            resource = registry.lookup(*named)
            if resource is not None and resource not in found:
                found.append(resource)
    return found[:MOST_TYPES]


