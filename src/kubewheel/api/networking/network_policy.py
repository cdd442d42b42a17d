"""NetworkPolicy: whom pods may talk to."""

import ipaddress
from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import fill, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation import addresses, labels
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "networking.k8s.io"
DIRECTIONS = ("Ingress", "Egress")
PROTOCOLS = ("SCTP", "TCP", "UDP")
PEERS = (("ingress", "from"), ("egress", "to"))


def default(policy: dict[str, Any]) -> None:
    """Complete a NetworkPolicy."""
    spec = part_of(policy, "spec")
    part_of(spec, "podSelector")
    for direction, _ in PEERS:
        for rule in spec.get(direction) or []:
            for port in rule.get("ports") or []:
                fill(port, "protocol", "TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def _validate_port(port: Object, path: str) -> Faults:
    protocol, number, end = port.get("protocol"), port.get("port"), port.get("endPort")
    faults: Faults = []
    if protocol is not None and protocol not in PROTOCOLS:
        faults.append(unsupported(f"{path}.protocol", protocol, PROTOCOLS))
    if number is None:
        if end is not None:
            faults.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified"))
        return faults
    if isinstance(number, str):
        if end is not None:
            faults.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric"))
        return faults + each(f"{path}.port", number, names.port_name(number))
    faults += each(f"{path}.port", number, names.port_number(number))
    if end is not None:
        if end < number:
            faults.append(invalid(f"{path}.endPort", number, "must be greater than or equal to `port`"))
        faults += each(f"{path}.endPort", end, names.port_number(end))
    return faults


def _validate_block(block: Object, path: str) -> Faults:
    cidr = block.get("cidr") or ""
    if not cidr:
        return [required(f"{path}.cidr")]
    faults = addresses.validate_cidr(cidr, f"{path}.cidr")
    if faults:
        return faults
    network = ipaddress.ip_network(cidr, strict=False)
    for index, value in enumerate(block.get("except") or []):
        here = f"{path}.except[{index}]"
        bad = addresses.validate_cidr(value, here)
        faults += bad
        if not bad and not _is_inside(ipaddress.ip_network(value, strict=False), network):
            faults.append(invalid(here, value, "must be a strict subset of `cidr`"))
    return faults


def _is_inside(inner: Any, outer: Any) -> bool:
    return inner.version == outer.version and inner != outer and bool(inner.subnet_of(outer))


def _validate_peer(peer: Object, path: str) -> Faults:
    given = [name for name in ("podSelector", "namespaceSelector", "ipBlock") if peer.get(name) is not None]
    faults: Faults = []
    for name in given:
        if name == "ipBlock":
            faults += _validate_block(peer[name], f"{path}.ipBlock")
        else:
            faults += labels.validate_label_selector(peer[name], f"{path}.{name}")
    if not given:
        faults.append(required(path, "must specify a peer"))
    elif len(given) > 1 and "ipBlock" in given:
        faults.append(forbidden(path, "may not specify both ipBlock and another peer"))
    return faults


def _validate_rules(rules: Sequence[Object], path: str, peers: str) -> Faults:
    faults: Faults = []
    for index, rule in enumerate(rules):
        for place, port in enumerate(rule.get("ports") or []):
            faults += _validate_port(port, f"{path}[{index}].ports[{place}]")
        for place, peer in enumerate(rule.get(peers) or []):
            faults += _validate_peer(peer, f"{path}[{index}].{peers}[{place}]")
    return faults


def validate(policy: Object) -> Faults:
    """Return the faults of a NetworkPolicy."""
    spec = policy.get("spec") or {}
    faults = labels.validate_label_selector(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in PEERS:
        faults += _validate_rules(spec.get(direction) or [], f"spec.{direction}", peers)
    types = spec.get("policyTypes") or []
    if len(types) > len(DIRECTIONS):
        return [*faults, invalid("spec.policyTypes", types, "may not specify more than two policyTypes")]
    return faults + [
        unsupported(f"spec.policyTypes[{index}]", kind, DIRECTIONS)
        for index, kind in enumerate(types) if kind not in DIRECTIONS
    ]


def row(policy: Object, now: float) -> list[Any]:
    """Return the cells of a NetworkPolicy."""
    return [
        cells.name(policy), cells.selector((policy.get("spec") or {}).get("podSelector") or {}), cells.age(policy, now),
    ]


KIND = Kind(
    GROUP, "NetworkPolicy", default=default, validate=validate, has_generation=True, row=row,
    columns=(NAME, Column("Pod-Selector", description="Whom the policy is about."), AGE),
)
