"""APIService: who serves one version of an API group."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import fill
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation.faults import Faults, each, invalid, required
from kubewheel.libs.wire import Object

GROUP = "apiregistration.k8s.io"
PORT = 443
AVAILABLE = "Available"
HIGHEST_GROUP, HIGHEST_VERSION = 20000, 1000


def prepare_create(service: dict[str, Any]) -> None:
    """Start without status; what the server itself serves is available at once."""
    service["status"] = {}
    if (service.get("spec") or {}).get("service") is not None:
        return
    service["status"]["conditions"] = [{
        "type": AVAILABLE, "status": "True", "reason": "Local",
        "message": "Local APIServices are always available",
        "lastTransitionTime": (service.get("metadata") or {}).get("creationTimestamp"),
    }]


def default(service: dict[str, Any]) -> None:
    """Complete an APIService."""
    backend = (service.get("spec") or {}).get("service")
    if backend is not None:
        fill(backend, "port", PORT)


def _validate_name(service: Object, spec: Object) -> Faults:
    wanted, name = f"{spec.get('version') or ''}.{spec.get('group') or ''}", cells.name(service)
    if name == wanted:
        return []
    return [invalid("metadata.name", name, f'must be `spec.version+"."+spec.group`: "{wanted}"')]


def _validate_backend(spec: Object) -> Faults:
    backend, bundle, is_insecure = spec.get("service"), spec.get("caBundle"), spec.get("insecureSkipTLSVerify")
    faults: Faults = []
    if backend is None:
        if bundle:
            detail = "local APIServices may not have a caBundle"
            faults.append(invalid("spec.caBundle", f"{len(bundle)} bytes", detail))
        if is_insecure:
            detail = "local APIServices may not have insecureSkipTLSVerify"
            faults.append(invalid("spec.insecureSkipTLSVerify", True, detail))
        return faults
    faults += [required(f"spec.service.{name}") for name in ("namespace", "name") if not backend.get(name)]
    port = backend.get("port") or PORT
    faults += [invalid("spec.service.port", port, f"port is not valid: {text}") for text in names.port_number(port)]
    if is_insecure and bundle:
        faults.append(invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present"))
    return faults


def validate(service: Object) -> Faults:
    """Return the faults of an APIService."""
    spec = service.get("spec") or {}
    group, version = spec.get("group") or "", spec.get("version") or ""
    faults = _validate_name(service, spec)
    if not group and version != "v1":
        detail = "only v1 may have an empty group and it better be legacy kube"
        faults.append(required("spec.group", detail))
    if group:
        faults += each("spec.group", group, names.dns_subdomain(group))
    faults += each("spec.version", version, names.dns_1035_label(version))
    for name, limit in (("groupPriorityMinimum", HIGHEST_GROUP), ("versionPriority", HIGHEST_VERSION)):
        value = spec.get(name) or 0
        if not 0 < value <= limit:
            faults.append(invalid(f"spec.{name}", value, f"must be positive and less than {limit}"))
    return faults + _validate_backend(spec)


def _availability(status: Object) -> str:
    for condition in status.get("conditions") or []:
        if condition.get("type") == AVAILABLE:
            state = str(condition.get("status") or "")
            return state if state == "True" else f"{state} ({condition.get('reason') or ''})"
    return "Unknown"


def row(service: Object, now: float) -> list[Any]:
    """Return the cells of an APIService."""
    backend = (service.get("spec") or {}).get("service")
    shown = "Local" if backend is None else f"{backend.get('namespace') or ''}/{backend.get('name') or ''}"
    return [cells.name(service), shown, _availability(service.get("status") or {}), cells.age(service, now)]


KIND = Kind(
    GROUP, "APIService", default=default, prepare_create=prepare_create, prepare_update=keep_status,
    validate=validate, validate_name=names.path_segment, row=row,
    columns=(
        NAME, Column("Service", description="Who serves the group; Local if this server does."),
        Column("Available", description="Whether the group can be used."), AGE,
    ),
)
