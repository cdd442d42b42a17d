"""Ingress: which Service answers which HTTP requests from outside."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import begin_with
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.networking import references
from kubewheel.api.validation import addresses
from kubewheel.api.validation.faults import Faults, each, invalid, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "networking.k8s.io"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
BAD_SUFFIXES = ("/..", "/.")
NOT_ADDRESS = "must be a DNS name, not an IP address"
SHOWN = 3


def _validate_service(service: Object, path: str) -> Faults:
    name, port = service.get("name") or "", service.get("port") or {}
    here = f"{path}.service"
    faults = each(f"{here}.name", name, names.dns_label(name)) if name else [required(f"{here}.name")]
    if port.get("name") and port.get("number"):
        faults.append(invalid(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        faults += each(f"{here}.port.name", port["name"], names.port_name(port["name"]))
    elif port.get("number"):
        faults += each(f"{here}.port.number", port["number"], names.port_number(port["number"]))
    else:
        faults.append(required(path, "port name or number is required"))
    return faults


def _validate_backend(backend: Object, path: str) -> Faults:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return references.validate_typed_reference(resource, f"{path}.resource")
    if service is not None:
        return _validate_service(service, path)
    return [invalid(path, "", "resource or service backend is required")]


def _validate_strict_path(value: str, path: str) -> Faults:
    faults = [] if value.startswith("/") else [invalid(path, value, "must be an absolute path")]
    faults += [invalid(path, value, f"must not contain '{bad}'") for bad in BAD_SEQUENCES if bad in value]
    return faults + [invalid(path, value, f"cannot end with '{bad}'") for bad in BAD_SUFFIXES if value.endswith(bad)]


def _validate_path(path: Object, here: str) -> Faults:
    kind, value = path.get("pathType"), path.get("path") or ""
    if kind is None:
        return [required(f"{here}.pathType", "pathType must be specified")]
    faults: Faults = []
    if kind in ("Exact", "Prefix"):
        faults = _validate_strict_path(value, f"{here}.path")
    elif kind != "ImplementationSpecific":
        faults = [unsupported(f"{here}.pathType", kind, PATH_TYPES)]
    elif value and not value.startswith("/"):
        faults = [invalid(f"{here}.path", value, "must be an absolute path")]
    return faults + _validate_backend(path.get("backend") or {}, f"{here}.backend")


def _validate_host(host: str, path: str) -> Faults:
    if "*" in host:
        return each(path, host, names.wildcard_subdomain(host))
    return each(path, host, names.dns_subdomain(host))


def _validate_rules(rules: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    for index, rule in enumerate(rules):
        here = f"{path}[{index}]"
        if host := rule.get("host") or "":
            if addresses.parse_ip(host) is not None:
                faults.append(invalid(f"{here}.host", host, NOT_ADDRESS))
            faults += _validate_host(host, f"{here}.host")
        http = rule.get("http")
        if http is None:
            continue
        if not http.get("paths"):
            faults.append(required(f"{here}.http.paths"))
        for place, each_path in enumerate(http.get("paths") or []):
            faults += _validate_path(each_path, f"{here}.http.paths[{place}]")
    return faults


def _validate_tls(entries: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    for index, entry in enumerate(entries):
        for place, host in enumerate(entry.get("hosts") or []):
            faults += _validate_host(host, f"{path}[{index}].hosts[{place}]")
        if secret := entry.get("secretName"):
            faults += each(f"{path}[{index}].secretName", secret, names.dns_subdomain(secret))
    return faults


def _validate_class(ingress: Object, chosen: str | None) -> Faults:
    faults = each("spec.ingressClassName", chosen, names.dns_subdomain(chosen)) if chosen is not None else []
    annotated = ((ingress.get("metadata") or {}).get("annotations") or {}).get(CLASS_ANNOTATION)
    if annotated is not None and chosen is not None and annotated != chosen:
        detail = "must match `ingressClassName` when both are specified"
        faults.append(invalid(f"annotations.{CLASS_ANNOTATION}", annotated, detail))
    return faults


def validate(ingress: Object) -> Faults:
    """Return the faults of an Ingress."""
    spec = ingress.get("spec") or {}
    backend, rules = spec.get("defaultBackend"), spec.get("rules") or []
    faults: Faults = []
    if not rules and backend is None:
        faults.append(invalid("spec", rules, "either `defaultBackend` or `rules` must be specified"))
    if backend is not None:
        faults += _validate_backend(backend, "spec.defaultBackend")
    faults += _validate_rules(rules, "spec.rules") + _validate_tls(spec.get("tls") or [], "spec.tls")
    return faults + _validate_class(ingress, spec.get("ingressClassName"))


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    faults: Faults = []
    listed = ((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    for index, point in enumerate(listed):
        path = f"status.loadBalancer.ingress[{index}]"
        if address := point.get("ip"):
            faults += addresses.validate_ip(address, f"{path}.ip")
        if host := point.get("hostname"):
            faults += each(f"{path}.hostname", host, names.dns_subdomain(host))
            if addresses.parse_ip(host) is not None:
                faults.append(invalid(f"{path}.hostname", host, NOT_ADDRESS))
    return faults


def warnings(ingress: Object) -> list[str]:
    """Return what is allowed but likely wrong."""
    if CLASS_ANNOTATION in ((ingress.get("metadata") or {}).get("annotations") or {}):
        return [f'annotation "{CLASS_ANNOTATION}" is deprecated, please use \'spec.ingressClassName\' instead']
    return []


def _hosts(rules: Sequence[Object]) -> str:
    hosts = [str(rule["host"]) for rule in rules if rule.get("host")]
    if not hosts:
        return "*"
    shown = ",".join(hosts[:SHOWN])
    return f"{shown} + {len(rules) - SHOWN} more..." if len(hosts) > SHOWN else shown


def row(ingress: Object, now: float) -> list[Any]:
    """Return the cells of an Ingress."""
    spec = ingress.get("spec") or {}
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    reached = sorted({str(point.get("ip") or point.get("hostname") or "") for point in points} - {""})
    return [
        cells.name(ingress), spec.get("ingressClassName") or cells.NONE, _hosts(spec.get("rules") or []),
        ",".join(reached), "80, 443" if spec.get("tls") else "80", cells.age(ingress, now),
    ]


KIND = Kind(
    GROUP, "Ingress", prepare_create=begin_with(loadBalancer={}), prepare_update=keep_status, validate=validate,
    validate_status=validate_status, warnings=warnings, has_generation=True, row=row,
    columns=(NAME, Column("Class"), Column("Hosts"), Column("Address"), Column("Ports"), AGE),
)
