"""What happens to a Service on its way into the store, how it is shown, and which fields select it."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, names
from kubewheel.api.core.service import linked_fields
from kubewheel.api.defaults import resources
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import services
from kubewheel.api.validation.faults import Faults, invalid
from kubewheel.libs.wire import Object

AFFINITY_SECONDS = 3 * 3600
FAMILY = "IPv4"


def prepare_create(obj: dict[str, Any]) -> None:
    """Start with no load balancer."""
    obj["status"] = {"loadBalancer": {}}
    linked_fields.link_addresses(obj.setdefault("spec", {}), None)


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep the status and what was allocated."""
    kinds.keep_status(new, old)
    spec, before = new.setdefault("spec", {}), old.get("spec") or {}
    if not spec.get("type"):
        spec["type"] = "ClusterIP"
    linked_fields.keep_allocated(spec, before)
    linked_fields.link_addresses(spec, before)
    linked_fields.drop_outlived(spec, before)
    linked_fields.trim_families(spec, before)


def _default_affinity(spec: dict[str, Any]) -> None:
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        config = spec.get("sessionAffinityConfig") or {}
        if (config.get("clientIP") or {}).get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}


def _default_families(spec: dict[str, Any]) -> None:
    """Choose families of addresses: IPv4, the only one that clusters have here."""
    families = spec.get("ipFamilies") or []
    is_free = services.is_headless(spec) and not spec.get("selector")
    if not spec.get("ipFamilyPolicy"):
        is_dual = len(families) > 1 or len(spec.get("clusterIPs") or []) > 1
        spec["ipFamilyPolicy"] = "RequireDualStack" if is_dual or is_free else "SingleStack"
    families = list(families) or [FAMILY]
    if is_free and len(families) == 1 and spec["ipFamilyPolicy"] != "SingleStack":
        # Whoever makes the endpoints of a Service without address and selector may have any of them.
        families.append("IPv6" if families[0] == "IPv4" else "IPv4")
    resources.settle(spec, "ipFamilies", families)


def _default_ports(spec: dict[str, Any]) -> None:
    for port in spec.get("ports") or []:
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port") or 0


def default(obj: dict[str, Any]) -> None:
    """Complete the spec."""
    spec = obj.setdefault("spec", {})
    _default_affinity(spec)
    if not spec.get("type"):
        spec["type"] = "ClusterIP"
    _default_ports(spec)
    if services.is_external(spec) and not spec.get("externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if spec["type"] in ("ClusterIP", "LoadBalancer", "NodePort"):
        if spec.get("internalTrafficPolicy") is None:
            spec["internalTrafficPolicy"] = "Cluster"
        _default_families(spec)
    balancer = (obj.setdefault("status", {}) or {}).setdefault("loadBalancer", {})
    if spec["type"] != "LoadBalancer":
        return
    if spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True
    for ingress in balancer.get("ingress") or []:
        if ingress.get("ip") and ingress.get("ipMode") is None:
            ingress["ipMode"] = "VIP"


def _validate_one_family(spec: Object) -> Faults:
    """Check that a Service does not ask for more families than the cluster has."""
    if spec.get("type") == "ExternalName" or (services.is_headless(spec) and not spec.get("selector")):
        return []
    faults: Faults = []
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        detail = "this cluster is not configured for dual-stack services"
        faults.append(invalid("spec.ipFamilyPolicy", "RequireDualStack", detail))
    for index, family in enumerate(spec.get("ipFamilies") or []):
        if family == "IPv6":
            faults.append(invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster"))
    return faults


def validate(obj: Object) -> list[FieldError]:
    """Check a Service."""
    return services.validate_service(obj) + _validate_one_family(obj.get("spec") or {})


def validate_status(new: Object, _old: Object) -> list[FieldError]:
    """Check where a load balancer is reached."""
    return services.validate_load_balancer_status(new)


def warnings(obj: Object) -> list[str]:
    """Warn of fields that have no effect."""
    spec, annotations = obj.get("spec") or {}, obj["metadata"].get("annotations") or {}
    found = []
    if services.TOPOLOGY_HINTS in annotations:
        found.append(
            f"annotation {services.TOPOLOGY_HINTS} is deprecated, please use {services.TOPOLOGY_MODE} instead"
        )
    if spec.get("externalIPs"):
        found.append("spec.externalIPs is deprecated")
    if services.is_headless(spec):
        if spec.get("loadBalancerIP"):
            found.append("spec.loadBalancerIP is ignored for headless services")
        if spec.get("externalIPs"):
            found.append("spec.externalIPs is ignored for headless services")
        if spec.get("sessionAffinity") not in (None, "", "None"):
            found.append("spec.SessionAffinity is ignored for headless services")
    if spec.get("externalName") and spec.get("type") != "ExternalName":
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    return found


def _external_address(obj: Object) -> str:
    spec = obj.get("spec") or {}
    kind, listed = spec.get("type"), spec.get("externalIPs") or []
    if kind == "ExternalName":
        return str(spec.get("externalName") or "")
    if kind != "LoadBalancer":
        return ",".join(listed) or cells.NONE
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    places = sorted({each.get("ip") or each.get("hostname") or "" for each in ingress} - {""})
    return ",".join([*places, *listed]) or "<pending>"


def _shown_port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port')}{node}/{port.get('protocol')}"


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a Service."""
    spec = obj.get("spec") or {}
    listed = spec.get("clusterIPs") or []
    return (
        obj["metadata"].get("name"), spec.get("type") or "", listed[0] if listed else cells.NONE,
        _external_address(obj), ",".join(map(_shown_port, spec.get("ports") or [])) or cells.NONE,
        cells.age(obj, now), cells.format_labels(spec.get("selector")),
    )


def _cluster_ip(obj: Object) -> str:
    return (obj.get("spec") or {}).get("clusterIP") or ""


def _type(obj: Object) -> str:
    return (obj.get("spec") or {}).get("type") or ""


KIND = kinds.Kind(
    group="", kind="Service",
    default=default, prepare_create=prepare_create, prepare_update=prepare_update,
    validate=validate, validate_update=services.validate_service_update, validate_status=validate_status,
    validate_name=names.dns_label, warnings=warnings,
    columns=(
        kinds.NAME,
        kinds.Column("Type", description="How the Service is exposed."),
        kinds.Column("Cluster-IP", description="The address inside of the cluster."),
        kinds.Column("External-IP", description="The addresses outside of the cluster."),
        kinds.Column("Port(s)", description="The ports, with those of the nodes."),
        kinds.AGE,
        kinds.Column("Selector", wide=True, description="The labels of the pods behind the Service."),
    ),
    row=row, selectable={"spec.clusterIP": _cluster_ip, "spec.type": _type},
)
