"""Fields of a Service that depend on each other, on updates that speak of some of them only.

A client may send back what it once created, without what the server has allocated since; or change the type and leave
fields behind which the new type does not have.
"""

from typing import Any

from kubewheel.api.validation.services import is_external, needs_health_port
from kubewheel.libs.wire import Object

WITH_NODE_PORTS = ("LoadBalancer", "NodePort")


def _has_address(spec: Object) -> bool:
    return spec.get("type") != "ExternalName"


def _has_node_ports(spec: Object) -> bool:
    return spec.get("type") in WITH_NODE_PORTS


def keep_allocated(spec: dict[str, Any], old: Object) -> None:
    """Fill in the address and ports that the client left out."""
    if _has_address(spec) and _has_address(old):
        for name in ("clusterIP", "clusterIPs"):
            if not spec.get(name) and old.get(name):
                spec[name] = old[name]
    if _has_node_ports(spec) and _has_node_ports(old):
        known = {port.get("name") or "": port.get("nodePort") for port in old.get("ports") or []}
        for port in spec.get("ports") or []:
            found = known.get(port.get("name") or "")
            if not port.get("nodePort") and found:
                port["nodePort"] = found
    health = "healthCheckNodePort"
    if needs_health_port(spec) and needs_health_port(old) and old.get(health) and not spec.get(health):
        spec[health] = old[health]


def link_addresses(spec: dict[str, Any], old: Object | None) -> None:
    """Carry `clusterIP` over to `clusterIPs` for clients that know the former only."""
    own, listed = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    if old is None:
        if own and not listed:
            spec["clusterIPs"] = [own]
        return
    before, before_listed = old.get("clusterIP") or "", old.get("clusterIPs") or []
    if before_listed and not listed and own == before:
        spec["clusterIPs"] = listed = before_listed
    if own == before or listed != before_listed:
        return
    if own:
        spec["clusterIPs"] = [own]
    else:
        spec.pop("clusterIPs", None)


def _drop_address(spec: dict[str, Any], old: Object) -> None:
    same = all(spec.get(name) == old.get(name) for name in ("clusterIP", "clusterIPs"))
    for name in ("clusterIP", "clusterIPs"):
        if same:
            spec.pop(name, None)
    for name in ("ipFamilies", "ipFamilyPolicy"):
        if spec.get(name) == old.get(name):
            spec.pop(name, None)


def _drop_node_ports(spec: dict[str, Any], old: Object) -> None:
    known = {port.get("nodePort") for port in old.get("ports") or []}
    listed = spec.get("ports") or []
    if all(port.get("nodePort") in known for port in listed if port.get("nodePort")):
        for port in listed:
            port.pop("nodePort", None)


def drop_outlived(spec: dict[str, Any], old: Object) -> None:
    """Drop the fields that the new type does not have, if the client did not change them."""
    if _has_address(old) and not _has_address(spec):
        _drop_address(spec, old)
    if _has_node_ports(old) and not _has_node_ports(spec):
        _drop_node_ports(spec, old)
    policy = "externalTrafficPolicy"
    if is_external(old) and not is_external(spec) and spec.get(policy) == old.get(policy):
        spec.pop(policy, None)
    health = "healthCheckNodePort"
    if needs_health_port(old) and not needs_health_port(spec) and spec.get(health) == old.get(health):
        spec.pop(health, None)
    if old.get("type") == "LoadBalancer" and spec.get("type") != "LoadBalancer":
        for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(name) == old.get(name):
                spec.pop(name, None)


def trim_families(spec: dict[str, Any], old: Object) -> None:
    """Give the second address up when the client asks for one family."""
    if old.get("ipFamilyPolicy") in (None, "SingleStack") or spec.get("ipFamilyPolicy") != "SingleStack":
        return
    for name in ("clusterIPs", "ipFamilies"):
        listed = spec.get(name) or []
        if len(listed) > 1 and listed == old.get(name):
            spec[name] = listed[:1]
