"""IngressClass: who handles Ingresses of a kind."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import fill
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.networking import references
from kubewheel.api.validation.faults import (
    Faults,
    each,
    forbidden,
    immutable,
    required,
    too_long,
    unsupported,
)
from kubewheel.api.validation.managers import domain_prefixed_path
from kubewheel.libs.wire import Object

GROUP = "networking.k8s.io"
SCOPES = ("Cluster", "Namespace")
CONTROLLER_BYTES = 250


def default(ingress_class: dict[str, Any]) -> None:
    """Complete an IngressClass."""
    parameters = (ingress_class.get("spec") or {}).get("parameters")
    if parameters is not None:
        fill(parameters, "scope", "Cluster")


def _validate_parameters(parameters: Object, path: str) -> Faults:
    faults = references.validate_typed_reference(parameters, path)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    here = f"{path}.namespace"
    if scope is None:
        return [*faults, required(f"{path}.scope")]
    if scope not in SCOPES:
        return [*faults, unsupported(f"{path}.scope", scope, SCOPES)]
    if scope == "Cluster":
        detail = "`parameters.scope` is set to 'Cluster'"
        return faults if namespace is None else [*faults, forbidden(here, detail)]
    if not namespace:
        return [*faults, required(here, "`parameters.scope` is set to 'Namespace'")]
    return faults + each(here, namespace, names.dns_label(namespace))


def validate(ingress_class: Object) -> Faults:
    """Return the faults of an IngressClass."""
    spec = ingress_class.get("spec") or {}
    controller, path = spec.get("controller") or "", "spec.controller"
    faults = [too_long(path, CONTROLLER_BYTES)] if len(controller) > CONTROLLER_BYTES else []
    faults += each(path, controller, domain_prefixed_path(controller)) if controller else [required(path)]
    if spec.get("parameters") is not None:
        faults += _validate_parameters(spec["parameters"], "spec.parameters")
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a class stays with its controller."""
    now, before = new.get("spec") or {}, old.get("spec") or {}
    return immutable("spec.controller", now.get("controller"), before.get("controller"))


def _parameters(spec: Object) -> str:
    found = spec.get("parameters")
    if found is None:
        return cells.NONE
    kind = str(found.get("kind") or "")
    if found.get("apiGroup") is not None:
        kind = f"{kind}.{found['apiGroup']}"
    return f"{kind}/{found.get('name') or ''}"


def row(ingress_class: Object, now: float) -> list[Any]:
    """Return the cells of an IngressClass."""
    spec = ingress_class.get("spec") or {}
    name, controller = cells.name(ingress_class), spec.get("controller") or ""
    return [name, controller, _parameters(spec), cells.age(ingress_class, now)]


KIND = Kind(
    GROUP, "IngressClass", default=default, validate=validate, validate_update=validate_update, has_generation=True,
    row=row, columns=(NAME, Column("Controller"), Column("Parameters"), AGE),
)
