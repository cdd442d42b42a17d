"""The spec of a pod, in pods and in templates of pods."""

from collections.abc import Callable, Sequence

from kubewheel.api import names
from kubewheel.api.validation import (
    affinity,
    containers,
    labels,
    pod_dns,
    ports,
    probes,
    resources,
    security_context,
    tolerations,
    topology_spread,
    volumes,
    windows,
)
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    forbidden,
    invalid,
    option,
    required,
    too_many,
)
from kubewheel.libs.wire import Object

PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
HOSTNAME_OVERRIDE_BYTES = 64
RESPONDERS = 10

# Names in a pod's spec that need only be well formed: what they name may come later.
_NAMES: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("serviceAccountName", names.dns_subdomain),
    ("nodeName", names.dns_subdomain),
    ("hostname", names.dns_label),
    ("subdomain", names.dns_label),
    ("priorityClassName", names.dns_subdomain),
)


def _validate_claim(claim: Object, path: str, seen: set[str]) -> Faults:
    name = claim.get("name") or ""
    own, template = claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
    if not name:
        faults = [required(f"{path}.name")]
    elif name in seen:
        faults = [duplicate(f"{path}.name", name)]
    else:
        faults = each(f"{path}.name", name, names.dns_label(name))
        seen.add(name)
    if own is not None and template is not None:
        detail = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
        faults.append(invalid(path, dict(claim), detail))
    if own is None and template is None:
        detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
        faults.append(invalid(path, dict(claim), detail))
    for kind, value in (("resourceClaimName", own), ("resourceClaimTemplateName", template)):
        faults += each(f"{path}.{kind}", value, names.dns_subdomain(value) if value is not None else ())
    return faults


def _validate_claims(claims: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        faults += _validate_claim(claim, f"{path}[{index}]", seen)
    return faults


def _validate_gates(spec: Object, path: str) -> Faults:
    faults: Faults = []
    for index, gate in enumerate(spec.get("readinessGates") or []):
        kind = gate.get("conditionType") or ""
        faults += each(f"{path}.readinessGates[{index}].conditionType", kind, names.qualified_name(kind))
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or []):
        name, here = gate.get("name") or "", f"{path}.schedulingGates[{index}]"
        faults += each(here, name, names.qualified_name(name))
        if name in seen:
            faults.append(duplicate(here, name))
        seen.add(name)
    return faults


def _validate_hostname_override(spec: Object, path: str) -> Faults:
    name = spec.get("hostnameOverride")
    if name is None:
        return []
    place = f"{path}.hostnameOverride"
    faults = each(place, name, names.dns_subdomain(name))
    if len(name) > HOSTNAME_OVERRIDE_BYTES:
        faults.append(invalid(place, name, names.too_long(HOSTNAME_OVERRIDE_BYTES)))
    if spec.get("hostNetwork"):
        faults.append(forbidden(place, "may not be specified when hostNetwork is true"))
    if spec.get("setHostnameAsFQDN"):
        faults.append(forbidden(place, "may not be specified when setHostnameAsFQDN is true"))
    return faults


def _validate_scalars(spec: Object, path: str) -> Faults:
    faults: Faults = []
    for name, rule in _NAMES:
        if value := spec.get(name):
            faults += each(f"{path}.{name}", value, rule(value))
    if (value := spec.get("runtimeClassName")) is not None:
        faults += each(f"{path}.runtimeClassName", value, names.dns_subdomain(value))
    if (value := spec.get("activeDeadlineSeconds")) is not None:
        faults += each(f"{path}.activeDeadlineSeconds", value, names.in_range(value, 1, 2**31 - 1))
    faults += option(f"{path}.preemptionPolicy", spec.get("preemptionPolicy"), PREEMPTION_POLICIES)
    if len(responders := spec.get("evictionResponders") or []) > RESPONDERS:
        faults.append(too_many(f"{path}.evictionResponders", len(responders), RESPONDERS))
    return faults + _validate_hostname_override(spec, path)


def _surroundings(spec: Object, good: dict[str, Object]) -> containers.Pod:
    claims = [claim["name"] for claim in spec.get("resourceClaims") or [] if claim.get("name")]
    os = (spec.get("os") or {}).get("name") or ""
    return containers.Pod(
        volumes=good, claims=frozenset(claims), restart_policy=spec.get("restartPolicy") or "",
        host_users=spec.get("hostUsers") is not False,
        around=probes.Surroundings(spec.get("terminationGracePeriodSeconds"), os),
    )


def _validate_all_containers(spec: Object, path: str, pod: containers.Pod) -> Faults:
    regular = spec.get("containers") or []
    faults = containers.validate_containers(regular, f"{path}.containers", pod)
    init = spec.get("initContainers") or []
    faults += containers.validate_init_containers(init, f"{path}.initContainers", pod, regular)
    return faults + containers.validate_ephemeral_containers(spec, f"{path}.ephemeralContainers", pod)


def _validate_placement(spec: Object, path: str) -> Faults:
    faults = affinity.validate_affinity(spec.get("affinity"), f"{path}.affinity")
    faults += pod_dns.validate_dns(spec, path)
    faults += _validate_gates(spec, path)
    return faults + topology_spread.validate_topology_spread(
        spec.get("topologySpreadConstraints") or [], f"{path}.topologySpreadConstraints"
    )


def validate_pod_spec(spec: Object, path: str, *, pod_name: str = "", is_pod: bool = False) -> Faults:
    """Check the spec of a pod; with `is_pod`, by the rules that templates are spared."""
    faults: Faults = []
    if spec.get("terminationGracePeriodSeconds") is None:
        faults.append(required(f"{path}.terminationGracePeriodSeconds"))
    good, found = volumes.validate_volumes(
        spec.get("volumes") or [], f"{path}.volumes", pod_name=pod_name, is_pod=is_pod
    )
    faults += found
    faults += _validate_claims(spec.get("resourceClaims") or [], f"{path}.resourceClaims")
    faults += _validate_all_containers(spec, path, _surroundings(spec, good))
    faults += resources.validate_pod_requirements(spec, f"{path}.resources")
    faults += ports.validate_host_network(spec, path, is_pod=is_pod)
    faults += containers.validate_restart_policy(spec.get("restartPolicy") or "", f"{path}.restartPolicy")
    faults += labels.validate_labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    faults += security_context.validate_pod_security_context(spec, f"{path}.securityContext")
    faults += _validate_placement(spec, path)
    faults += windows.validate_host_process(spec, path)
    faults += security_context.validate_host_users(spec, path)
    faults += _validate_scalars(spec, path)
    faults += tolerations.validate_tolerations(spec.get("tolerations") or [], f"{path}.tolerations")
    faults += pod_dns.validate_host_aliases(spec.get("hostAliases") or [], f"{path}.hostAliases")
    overhead = {"limits": spec.get("overhead") or {}}
    faults += resources.validate_requirements(overhead, f"{path}.overhead")
    return faults + windows.validate_os(spec, path)
