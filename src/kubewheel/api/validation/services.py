"""What a Service may say, by itself and on updates; which addresses and ports are free is the allocators' business."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.validation import addresses, labels, ports
from kubewheel.api.validation.faults import (
    Faults,
    choice,
    duplicate,
    each,
    forbidden,
    invalid,
    option,
    required,
    unsupported,
)
from kubewheel.libs.wire import Object

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
AFFINITIES = ("ClientIP", "None")
TRAFFIC_POLICIES = ("Cluster", "Local")
FAMILIES = ("IPv4", "IPv6")
FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
AFFINITY_SECONDS_MOST = 86400
HEADLESS = "None"
LB_ONLY = "may only be used when `type` is 'LoadBalancer'"
SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
ONCE = "may not change once set"


def is_headless(spec: Object) -> bool:
    """Return whether a Service has no address of its own."""
    return (spec.get("clusterIPs") or [spec.get("clusterIP")]) == [HEADLESS]


def is_external(spec: Object) -> bool:
    """Return whether traffic from outside of the cluster may reach a Service."""
    return spec.get("type") in ("LoadBalancer", "NodePort") or (
        spec.get("type") == "ClusterIP" and bool(spec.get("externalIPs"))
    )


def needs_health_port(spec: Object) -> bool:
    """Return whether load balancers ask nodes if they have pods of the Service."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def _validate_type(spec: Object) -> Faults:
    kind = spec.get("type") or ""
    if kind in ("LoadBalancer", "NodePort") and is_headless(spec):
        return [invalid("spec.clusterIPs[0]", HEADLESS, f"may not be set to 'None' for {kind} services")]
    if kind != "ExternalName":
        return []
    detail = "may not be set for ExternalName services"
    faults = [forbidden(f"spec.{name}", detail) for name in ("clusterIPs", "ipFamilies") if spec.get(name)]
    if spec.get("ipFamilyPolicy") is not None:
        faults.append(forbidden("spec.ipFamilyPolicy", detail))
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        return [*faults, required("spec.externalName")]
    return faults + each("spec.externalName", name, names.dns_subdomain(name))


def _validate_port(port: Object, path: str, names_seen: set[str], *, name_needed: bool) -> Faults:
    faults: Faults = []
    name = port.get("name") or ""
    if name:
        faults += each(f"{path}.name", name, names.dns_label(name))
        if name in names_seen:
            faults.append(duplicate(f"{path}.name", name))
        names_seen.add(name)
    elif name_needed:
        faults.append(required(f"{path}.name"))
    number = port.get("port") or 0
    faults += each(f"{path}.port", number, names.port_number(number))
    faults += choice(f"{path}.protocol", port.get("protocol") or "", ports.PROTOCOLS)
    faults += ports.validate_port_number_or_name(port.get("targetPort"), f"{path}.targetPort")
    if (protocol := port.get("appProtocol")) is not None:
        faults += each(f"{path}.appProtocol", protocol, names.qualified_name(protocol))
    return faults


def _validate_ports(spec: Object) -> Faults:
    listed = spec.get("ports") or []
    faults: Faults = []
    seen: set[str] = set()
    for index, port in enumerate(listed):
        faults += _validate_port(port, f"spec.ports[{index}]", seen, name_needed=len(listed) > 1)
    return faults


def _validate_unique_ports(listed: Sequence[Object]) -> Faults:
    faults: Faults = []
    for field in ("nodePort", "port"):
        seen: set[tuple[Any, Any]] = set()
        for index, port in enumerate(listed):
            key = (port.get("protocol"), port.get(field))
            if field == "nodePort" and not port.get("nodePort"):
                continue
            if key in seen and field == "nodePort":
                faults.append(duplicate(f"spec.ports[{index}].nodePort", port["nodePort"]))
            elif key in seen:
                shown = {"protocol": port.get("protocol"), "port": port.get("port"), "targetPort": 0}
                faults.append(duplicate(f"spec.ports[{index}]", shown))
            seen.add(key)
    return faults


def _validate_affinity(spec: Object) -> Faults:
    affinity, config = spec.get("sessionAffinity") or "", spec.get("sessionAffinityConfig")
    path = "spec.sessionAffinityConfig"
    faults = choice("spec.sessionAffinity", affinity, AFFINITIES)
    if affinity == "None" and config is not None:
        faults.append(forbidden(path, "must not be set when session affinity is None"))
    if affinity != "ClientIP":
        return faults
    detail = "when session affinity type is ClientIP"
    if config is None:
        return [*faults, required(path, detail)]
    if config.get("clientIP") is None:
        return [*faults, required(f"{path}.clientIP", detail)]
    seconds = config["clientIP"].get("timeoutSeconds")
    path = f"{path}.clientIP.timeoutSeconds"
    if seconds is None:
        return [*faults, required(path, detail)]
    if not 0 < seconds <= AFFINITY_SECONDS_MOST:
        faults.append(invalid(path, seconds, f"must be greater than 0 and less than {AFFINITY_SECONDS_MOST}"))
    return faults


def _validate_families(spec: Object) -> Faults:
    path, listed = "spec.ipFamilies", spec.get("ipFamilies") or []
    faults: Faults = []
    for index, family in enumerate(listed):
        if family not in FAMILIES:
            faults.append(unsupported(f"{path}[{index}]", family, FAMILIES))
        if family in listed[:index]:
            faults.append(duplicate(f"{path}[{index}]", family))
    return faults + option("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), FAMILY_POLICIES)


def _validate_each_ip(listed: Sequence[str]) -> tuple[Faults, bool]:
    """Check each address; tell as well whether all are sound."""
    path = "spec.clusterIPs"
    faults: Faults = []
    for index, value in enumerate(listed):
        if index == 0 and value == HEADLESS:
            if len(listed) > 1:
                faults.append(invalid(path, list(listed), "'None' must be the first and only value"))
            continue
        faults += addresses.validate_ip(value, f"{path}[{index}]")
    is_sound = not faults
    if len(listed) > 2:
        faults.append(invalid(path, list(listed), "may only hold up to 2 values"))
    return faults, is_sound


def _validate_cluster_ips(spec: Object) -> Faults:
    if spec.get("type") == "ExternalName":
        return []
    path, own, listed = "spec.clusterIPs", spec.get("clusterIP") or "", list(spec.get("clusterIPs") or [])
    faults: Faults = []
    if own and not listed:
        faults.append(required(path))
    elif own and listed[0] != own:
        faults.append(invalid(path, listed, "first value must match `clusterIP`"))
    elif listed and not own:
        faults.append(invalid(path, listed, "must be empty when `clusterIP` is not specified"))
    faults += _validate_families(spec)
    found, is_sound = _validate_each_ip(listed)
    faults += found
    if not is_sound or is_headless(spec):
        return faults
    if len(listed) > 1 and not addresses.is_dual_stack(listed):
        faults.append(invalid(path, listed, "may specify no more than one IP for each IP family"))
    for index, (value, family) in enumerate(zip(listed, spec.get("ipFamilies") or [], strict=False)):
        if family in FAMILIES and addresses.is_ipv6(value) != (family == "IPv6"):
            detail = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            faults.append(invalid(f"{path}[{index}]", value, detail))
    return faults


def _validate_external_ips(spec: Object) -> Faults:
    faults: Faults = []
    for index, value in enumerate(spec.get("externalIPs") or []):
        path = f"spec.externalIPs[{index}]"
        faults += addresses.validate_ip(value, path) or addresses.validate_not_special(value, path)
    return faults


def _validate_source_ranges(spec: Object, annotations: Object) -> Faults:
    is_balanced = spec.get("type") == "LoadBalancer"
    faults: Faults = []
    if ranges := spec.get("loadBalancerSourceRanges"):
        path = "spec.LoadBalancerSourceRanges"
        faults += [] if is_balanced else [forbidden(path, LB_ONLY)]
        for index, value in enumerate(ranges):
            faults += addresses.validate_cidr(value.strip(), f"{path}[{index}]")
    elif SOURCE_RANGES in annotations:
        path = f"metadata.annotations[{SOURCE_RANGES}]"
        faults += [] if is_balanced else [forbidden(path, LB_ONLY)]
        listed = annotations[SOURCE_RANGES].strip()
        for value in listed.split(",") if listed else ():
            faults += addresses.validate_cidr(value.strip(), path)
    return faults


def _validate_load_balancer(spec: Object) -> Faults:
    is_balanced = spec.get("type") == "LoadBalancer"
    faults: Faults = []
    name = spec.get("loadBalancerClass")
    if spec.get("allocateLoadBalancerNodePorts") is not None and not is_balanced:
        faults.append(forbidden("spec.allocateLoadBalancerNodePorts", LB_ONLY))
    if spec.get("allocateLoadBalancerNodePorts") is None and is_balanced:
        faults.append(required("allocateLoadBalancerNodePorts"))
    if name is None:
        return faults
    if not is_balanced:
        return [*faults, forbidden("spec.loadBalancerClass", LB_ONLY)]
    return faults + each("spec.loadBalancerClass", name, names.qualified_name(name))


def _validate_traffic(spec: Object) -> Faults:
    policy, port = spec.get("externalTrafficPolicy") or "", spec.get("healthCheckNodePort") or 0
    faults: Faults = []
    path = "spec.externalTrafficPolicy"
    if is_external(spec):
        faults += choice(path, policy, TRAFFIC_POLICIES)
    elif policy:
        faults.append(invalid(path, policy, "may only be set for externally-accessible services"))
    path = "spec.healthCheckNodePort"
    if needs_health_port(spec):
        # None yet is fine: the allocator chooses one when the Service is written.
        faults += each(path, port, names.port_number(port) if port else ())
    elif port:
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        faults.append(invalid(path, port, detail))
    internal = spec.get("internalTrafficPolicy")
    if internal is None and spec.get("type") in ("ClusterIP", "LoadBalancer", "NodePort"):
        faults.append(required("spec.internalTrafficPolicy"))
    faults += option("spec.internalTrafficPolicy", internal, TRAFFIC_POLICIES)
    return faults + option("spec.trafficDistribution", spec.get("trafficDistribution"), DISTRIBUTIONS)


def validate_service(obj: Object) -> Faults:
    """Check a Service by itself."""
    spec, annotations = obj.get("spec") or {}, (obj.get("metadata") or {}).get("annotations") or {}
    faults: Faults = []
    hints, mode = annotations.get(TOPOLOGY_HINTS), annotations.get(TOPOLOGY_MODE)
    if hints is not None and mode is not None and hints != mode:
        detail = f"must match annotations[{TOPOLOGY_HINTS}] when both are specified"
        faults.append(invalid(f"metadata.annotations[{TOPOLOGY_MODE}]", mode, detail))
    listed, kind = spec.get("ports") or [], spec.get("type") or ""
    if not listed and not is_headless(spec) and kind != "ExternalName":
        faults.append(required("spec.ports"))
    faults += _validate_type(spec) + _validate_ports(spec)
    faults += labels.validate_labels(spec.get("selector"), "spec.selector")
    faults += _validate_affinity(spec) + _validate_cluster_ips(spec) + _validate_external_ips(spec)
    faults += choice("spec.type", kind, TYPES)
    if kind == "ClusterIP":
        detail = "may not be used when `type` is 'ClusterIP'"
        given = [index for index, port in enumerate(listed) if port.get("nodePort")]
        faults += [forbidden(f"spec.ports[{index}].nodePort", detail) for index in given]
    faults += _validate_unique_ports(listed)
    faults += _validate_source_ranges(spec, annotations)
    return faults + _validate_load_balancer(spec) + _validate_traffic(spec)


def _compare(new: Object, old: Object, field: str, noun: str) -> Faults:
    """Check that the first address (or family) stays, and that a second one goes only when asked to."""
    before, after = list(old.get(field) or []), list(new.get(field) or [])
    path = f"spec.{field}"
    if len(before) == len(after):
        changed = [index for index, value in enumerate(before) if value != after[index]]
        shown = [0] * len(changed) if field == "ipFamilies" else changed
        return [invalid(f"{path}[{index}]", after, ONCE) for index in shown]
    faults: Faults = []
    if len(before) > len(after) and not new.get("clusterIPs"):
        faults.append(invalid(f"{path}[0]", after, f"primary {noun} can not be unset"))
    if before and after and before[0] != after[0]:
        faults.append(invalid(f"{path}[0]", after, ONCE))
    if len(before) > len(after) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        detail = f"must be set to 'SingleStack' when releasing the secondary {noun}"
        faults.append(invalid("spec.ipFamilyPolicy", new.get("ipFamilyPolicy"), detail))
    return faults


def validate_service_update(obj: Object, old_obj: Object) -> Faults:
    """Check that a Service keeps what clients may rely on."""
    new, old = obj.get("spec") or {}, old_obj.get("spec") or {}
    faults: Faults = []
    if "ExternalName" not in (new.get("type"), old.get("type")):
        states = (is_headless(new), is_headless(old))
        if states != (True, True):
            faults += _compare(new, old, "clusterIPs", "clusterIP")
        if states == (False, False):
            faults += _compare(new, old, "ipFamilies", "ipFamily")
    if new.get("type") == old.get("type") == "LoadBalancer":
        name, before = new.get("loadBalancerClass"), old.get("loadBalancerClass")
        faults += [] if name == before else [invalid("spec.loadBalancerClass", name, ONCE)]
    ports_now = [spec.get("healthCheckNodePort") or 0 for spec in (new, old)]
    if needs_health_port(new) and needs_health_port(old) and ports_now[0] != ports_now[1]:
        faults.append(forbidden("spec.healthCheckNodePort", "field is immutable"))
    return faults


def _validate_ingress(ingress: Object, path: str) -> Faults:
    ip, host, mode = ingress.get("ip") or "", ingress.get("hostname") or "", ingress.get("ipMode")
    faults = addresses.validate_ip(ip, f"{path}.ip") if ip else []
    if mode is None and ip:
        faults.append(required(f"{path}.ipMode", "must be specified when `ip` is set"))
    elif mode is not None and not ip:
        faults.append(forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set"))
    else:
        faults += option(f"{path}.ipMode", mode, ("Proxy", "VIP"))
    if host:
        faults += each(f"{path}.hostname", host, names.dns_subdomain(host))
        if addresses.parse_ip(host) is not None:
            faults.append(invalid(f"{path}.hostname", host, "must be a DNS name, not an IP address"))
    return faults


def validate_load_balancer_status(obj: Object) -> Faults:
    """Check where a load balancer is reached."""
    listed = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    path = "status.loadBalancer.ingress"
    if listed and (obj.get("spec") or {}).get("type") != "LoadBalancer":
        return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
    return [fault for index, ingress in enumerate(listed) for fault in _validate_ingress(ingress, f"{path}[{index}]")]
