"""discovery.k8s.io/v1beta1: where an endpoint is stands in a map, its topology."""

from typing import Any

from kubewheel.api.retired.definitions import Struct

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def to_stored(found: dict[str, Any]) -> None:
    """Give an EndpointSlice the form of v1."""
    for endpoint in found.get("endpoints") or []:
        topology = endpoint.pop("topology", None) or {}
        if ZONE in topology:
            endpoint["zone"] = topology.pop(ZONE)
        if topology.get(HOST) is not None and topology[HOST] == endpoint.get("nodeName"):
            del topology[HOST]
        if topology:
            endpoint["deprecatedTopology"] = topology


def from_stored(found: dict[str, Any]) -> None:
    """Give an EndpointSlice of v1 the form of v1beta1."""
    for endpoint in found.get("endpoints") or []:
        topology = endpoint.pop("deprecatedTopology", None) or {}
        zone, node = endpoint.pop("zone", None), endpoint.get("nodeName")
        if zone is not None:
            topology[ZONE] = zone
        if node is not None:
            topology.setdefault(HOST, node)
        if topology:
            endpoint["topology"] = topology


CONVERSIONS = {"EndpointSlice": (to_stored, from_stored)}
STRUCTS = {
    "Endpoint": Struct(
        {"topology": (["m", {"e": "s"}], "Where the endpoint is, by the labels of nodes.")},
        drop=("deprecatedTopology", "zone"),
    ),
}
