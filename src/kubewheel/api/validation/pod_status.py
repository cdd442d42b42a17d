"""The status of a pod, as node agents and controllers write it."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.validation import addresses
from kubewheel.api.validation.faults import Faults, duplicate, each, forbidden, immutable, invalid, option
from kubewheel.libs.wire import Object

SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
HEALTH = ("Healthy", "Unhealthy", "Unknown")
ONE_PER_FAMILY = "may specify no more than one IP for each IP family"


def _validate_addresses(listed: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    values = [item.get("ip") or "" for item in listed]
    for index, value in enumerate(values):
        faults += addresses.validate_ip(value, f"{path}[{index}]")
    if len(values) > 1 and (len(values) > 2 or not addresses.is_dual_stack(values)):
        faults.append(invalid(path, list(listed), ONE_PER_FAMILY))
    for index, value in enumerate(values):
        if value in values[:index]:
            faults.append(duplicate(f"{path}[{index}]", dict(listed[index])))
    return faults


def _validate_transitions(
    new: Sequence[Object], old: Sequence[Object], path: str, policy: str, sidecars: frozenset[str] = frozenset()
) -> Faults:
    """Check that no container which is done for good is said to be alive again."""
    if policy == "Always":
        return []
    running = {item.get("name") for item in new if not (item.get("state") or {}).get("terminated")}
    faults: Faults = []
    for index, before in enumerate(old):
        terminated = (before.get("state") or {}).get("terminated")
        if terminated is None or before.get("name") in sidecars:
            continue
        if terminated.get("exitCode") and policy == "OnFailure":
            continue
        if before.get("name") in running:
            faults.append(forbidden(f"{path}[{index}].state", "may not be transitioned to non-terminated state"))
    return faults


def _own_rules(spec: Object, kind: str) -> frozenset[str]:
    """Return the containers that are restarted by rules of their own."""
    return frozenset(
        container.get("name") or "" for container in spec.get(kind) or [] if container.get("restartPolicy")
    )


def _validate_conditions(conditions: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    for index, condition in enumerate(conditions):
        kind = condition.get("type") or ""
        if kind not in SYSTEM_CONDITIONS:
            faults += each(f"{path}[{index}].Type", kind, names.qualified_name(kind))
    return faults


def _validate_user(user: Object, path: str, os: str) -> Faults:
    linux = user.get("linux")
    if linux is None:
        return []
    if os == "windows":
        return [forbidden(path, "cannot be set for a windows pod")]
    faults: Faults = []
    for name in ("uid", "gid"):
        value = linux.get(name) or 0
        faults += each(f"{path}.{name}", value, names.user_id(value))
    for index, group in enumerate(linux.get("supplementalGroups") or []):
        faults += each(f"{path}.supplementalGroups[{index}]", group, names.user_id(group))
    return faults


def _validate_allocated(status: Object, container: Object | None, path: str) -> Faults:
    faults: Faults = []
    for index, allocated in enumerate(status.get("allocatedResourcesStatus") or []):
        here = f"{path}[{index}]"
        name = allocated.get("name") or ""
        if container is not None and not _is_asked_for(name, container):
            detail = "must match one of the container's resource requests"
            if name.startswith("claim:"):
                form = "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
                detail = f"must match one of the container's resource claims in a format {form}"
            faults.append(invalid(f"{here}.name", name, detail))
        seen: set[Any] = set()
        for place, resource in enumerate(allocated.get("resources") or []):
            faults += option(f"{here}.resources[{place}].health", resource.get("health") or "", HEALTH)
            identity = resource.get("resourceID") or ""
            if identity in seen:
                faults.append(duplicate(f"{here}.resources[{place}].resourceID", identity))
            seen.add(identity)
    return faults


def _is_asked_for(name: str, container: Object) -> bool:
    needs = container.get("resources") or {}
    if not name.startswith("claim:"):
        return name in (needs.get("requests") or {})
    claims = [
        f"claim:{claim.get('name')}/{claim['request']}" if claim.get("request") else f"claim:{claim.get('name')}"
        for claim in needs.get("claims") or []
    ]
    return name in claims


def _validate_containers(pod: Object, kind: str, source: str) -> Faults:
    spec = pod.get("spec") or {}
    os = (spec.get("os") or {}).get("name") or "linux"
    specs = {container.get("name"): container for container in spec.get(source) or []}
    faults: Faults = []
    for index, status in enumerate((pod.get("status") or {}).get(kind) or []):
        here = f"status.{kind}[{index}]"
        if (user := status.get("user")) is not None:
            faults += _validate_user(user, f"{here}.linux", os)
        if kind == "ephemeralContainerStatuses":
            if status.get("allocatedResourcesStatus"):
                detail = "must not be specified in container status"
                faults.append(forbidden(f"{here}.allocatedResourcesStatus", detail))
            continue
        container = specs.get(status.get("name"))
        faults += _validate_allocated(status, container, f"{here}.allocatedResourcesStatus")
    return faults


def _validate_claims(pod: Object) -> Faults:
    known = {claim.get("name") for claim in (pod.get("spec") or {}).get("resourceClaims") or []}
    seen: set[str] = set()
    faults: Faults = []
    for index, status in enumerate((pod.get("status") or {}).get("resourceClaimStatuses") or []):
        path = f"status.resourceClaimStatuses[{index}].name"
        name, claim = status.get("name") or "", status.get("resourceClaimName")
        if name not in known:
            faults.append(invalid(path, name, "must match the name of an entry in `spec.resourceClaims`"))
        if name in seen:
            faults.append(duplicate(path, name))
        seen.add(name)
        faults += each(path, claim, names.dns_subdomain(claim) if claim is not None else ())
    return faults


def _validate_restarts(new: Object, old: Object, spec: Object) -> Faults:
    policy = spec.get("restartPolicy") or ""
    faults: Faults = []
    for kind, source, applied in (
        ("containerStatuses", "containers", policy),
        ("initContainerStatuses", "initContainers", policy),
        ("ephemeralContainerStatuses", "ephemeralContainers", "Never"),
    ):
        own = _own_rules(spec, source)
        faults += _validate_transitions(new.get(kind) or [], old.get(kind) or [], f"status.{kind}", applied, own)
    return faults


def validate_pod_status(pod: Object, old_pod: Object) -> Faults:
    """Check an update of the status of a pod."""
    new, old = pod.get("status") or {}, old_pod.get("status") or {}
    faults = _validate_conditions(new.get("conditions") or [], "metadata.conditions")
    nominated = new.get("nominatedNodeName") or ""
    if nominated and nominated != old.get("nominatedNodeName"):
        faults += each("status.nominatedNodeName", nominated, names.dns_subdomain(nominated))
    faults += immutable("status.qosClass", new.get("qosClass"), old.get("qosClass"))
    faults += _validate_restarts(new, old, old_pod.get("spec") or {})
    faults += _validate_claims(pod)
    faults += _validate_addresses(new.get("podIPs") or [], "status.podIPs")
    hosts = new.get("hostIPs") or []
    if hosts and hosts[0].get("ip") != new.get("hostIP"):
        faults.append(invalid("status.hostIPs[0].ip", hosts[0].get("ip") or "", "must be equal to `hostIP`"))
    faults += _validate_addresses(hosts, "status.hostIPs")
    for kind, source in (
        ("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"),
        ("ephemeralContainerStatuses", "ephemeralContainers"),
    ):
        faults += _validate_containers(pod, kind, source)
    return faults
