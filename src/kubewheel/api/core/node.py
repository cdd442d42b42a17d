"""Node: a machine that runs pods."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, names
from kubewheel.api.defaults import resources as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import addresses, resources, tolerations
from kubewheel.api.validation.faults import Faults, duplicate, each, forbidden, invalid, required
from kubewheel.libs.wire import Object

ROLE_PREFIX, ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"
UNKNOWN = "<unknown>"


def default(obj: dict[str, Any]) -> None:
    """Let pods have all of the node, unless told otherwise, and tell its network in both forms."""
    spec = obj.setdefault("spec", {})
    networks, first = spec.get("podCIDRs") or [], spec.get("podCIDR")
    if first and first not in networks[:1]:  # Older clients know of one only.
        spec["podCIDRs"] = [first]
    elif networks:
        defaults.settle(spec, "podCIDR", networks[0])
    status = obj.get("status") or {}
    defaults.default_amounts(status, "capacity", "allocatable")
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])


def _validate_amounts(obj: Object) -> Faults:
    faults: Faults = []
    for side in ("capacity", "allocatable"):
        for name, value in ((obj.get("status") or {}).get(side) or {}).items():
            faults += resources.validate_amount(name, value, f"status.{side}.{name}")
    return faults


def _validate_networks(networks: Sequence[str]) -> Faults:
    path = "spec.podCIDRs"
    faults: Faults = []
    for index, network in enumerate(networks):
        faults += addresses.validate_cidr(network, f"{path}[{index}]")
    if len(networks) > 1 and (len(networks) > 2 or not addresses.is_dual_stack(networks)):
        faults.append(invalid(path, list(networks), "may specify no more than one CIDR for each IP family"))
    repeated = [index for index, network in enumerate(networks) if network in networks[:index]]
    return faults + [duplicate(f"{path}[{index}]", networks[index]) for index in repeated]


def validate(obj: Object) -> list[FieldError]:
    """Check taints, amounts and networks."""
    spec = obj.get("spec") or {}
    faults = tolerations.validate_taints(spec.get("taints") or [], "metadata.taints")
    return faults + _validate_amounts(obj) + _validate_networks(spec.get("podCIDRs") or [])


def _validate_config(source: Object, path: str, *, in_status: bool) -> Faults:
    reference = source.get("configMap")
    if reference is None:
        return [invalid(path, dict(source), "exactly one reference subfield must be non-nil")]
    faults: Faults = []
    for name in ("uid", "resourceVersion"):
        if in_status and not reference.get(name):
            faults.append(required(f"{path}.configMap.{name}", f"{name} must be set in status"))
        if not in_status and reference.get(name):
            faults.append(forbidden(f"{path}.configMap.{name}", f"{name} must not be set in spec"))
    rules = (("namespace", names.dns_label), ("name", names.dns_subdomain), ("kubeletConfigKey", names.config_map_key))
    for name, rule in rules:
        value = reference.get(name) or ""
        place = f"{path}.configMap.{name}"
        faults += each(place, value, rule(value)) if value else [required(place, f"{name} must be set")]
    return faults


def _validate_addresses(obj: Object) -> Faults:
    faults: Faults = []
    seen: set[tuple[Any, Any]] = set()
    for index, address in enumerate((obj.get("status") or {}).get("addresses") or []):
        key = (address.get("type"), address.get("address"))
        if key in seen:
            faults.append(duplicate(f"status.addresses[{index}]", dict(address)))
        seen.add(key)
    return faults


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that what identifies the node, once known, does not change."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    faults = _validate_addresses(new)
    networks = before.get("podCIDRs") or []
    if networks and networks != (spec.get("podCIDRs") or []):
        detail = 'node updates may not change podCIDR except from "" to valid'
        faults.append(forbidden("spec.podCIDRs", detail))
    if before.get("providerID") and before["providerID"] != spec.get("providerID"):
        detail = 'node updates may not change providerID except from "" to valid'
        faults.append(forbidden("spec.providerID", detail))
    if (source := spec.get("configSource")) is not None:
        faults += _validate_config(source, "spec.configSource", in_status=False)
    if (spec.get("externalID") or "") != (before.get("externalID") or ""):
        faults.append(forbidden("spec.externalID", "may not be updated"))
    return faults


def validate_status(new: Object, _old: Object) -> list[FieldError]:
    """Check amounts and addresses."""
    faults = _validate_amounts(new) + _validate_addresses(new)
    config = (new.get("status") or {}).get("config") or {}
    for name in ("assigned", "active", "lastKnownGood"):
        if (source := config.get(name)) is not None:
            faults += _validate_config(source, f"status.config.{name}", in_status=True)
    return faults


def roles(obj: Object) -> list[str]:
    """Return the roles that a node's labels give it."""
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    found = {key.removeprefix(ROLE_PREFIX) for key in labels if key.startswith(ROLE_PREFIX)}
    return sorted((found | {labels.get(ROLE_LABEL) or ""}) - {""})


def _status(obj: Object) -> str:
    words = [
        "Ready" if condition.get("status") == "True" else "NotReady"
        for condition in (obj.get("status") or {}).get("conditions") or [] if condition.get("type") == "Ready"
    ]
    word = words[-1] if words else "Unknown"
    return f"{word},SchedulingDisabled" if (obj.get("spec") or {}).get("unschedulable") else word


def _address(obj: Object, kind: str) -> str:
    listed = (obj.get("status") or {}).get("addresses") or []
    return next((each.get("address") or "" for each in listed if each.get("type") == kind), cells.NONE)


def _kernel(info: dict[str, Any]) -> str:
    version, architecture = info.get("kernelVersion") or UNKNOWN, info.get("architecture")
    return f"{version} ({architecture})" if architecture else version


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a node."""
    info = (obj.get("status") or {}).get("nodeInfo") or {}
    return (
        obj["metadata"].get("name"), _status(obj), ",".join(roles(obj)) or cells.NONE, cells.age(obj, now),
        info.get("kubeletVersion") or "", _address(obj, "InternalIP"), _address(obj, "ExternalIP"),
        info.get("osImage") or UNKNOWN, _kernel(info),
        info.get("containerRuntimeVersion") or UNKNOWN,
    )


def _unschedulable(obj: Object) -> str:
    return "true" if (obj.get("spec") or {}).get("unschedulable") else "false"


KIND = kinds.Kind(
    group="", kind="Node",
    default=default, prepare_update=kinds.keep_status,
    validate=validate, validate_update=validate_update, validate_status=validate_status,
    columns=(
        kinds.NAME,
        kinds.Column("Status", description="The status of the node"),
        kinds.Column("Roles", description="The roles of the node"),
        kinds.AGE,
        kinds.Column("Version", description="The version of the node agent."),
        kinds.Column("Internal-IP", wide=True, description="The address inside of the cluster."),
        kinds.Column("External-IP", wide=True, description="The address outside of the cluster."),
        kinds.Column("OS-Image", wide=True, description="The operating system."),
        kinds.Column("Kernel-Version", wide=True, description="The version of the kernel."),
        kinds.Column("Container-Runtime", wide=True, description="The container runtime and its version."),
    ),
    row=row, selectable={"spec.unschedulable": _unschedulable},
)
