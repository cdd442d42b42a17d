"""Endpoints of a Service: what its pods amount to. Pure; shared by EndpointSlices and Endpoints."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from kubewheel.api import pods
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

ZONE = "topology.kubernetes.io/zone"
IPV4, IPV6 = "IPv4", "IPv6"


def selects(service: Object, pod: Object) -> bool:
    """Return whether the Service has a selector and it matches the pod."""
    selector: Mapping[str, str] = service["spec"].get("selector") or {}
    return bool(selector) and selector.items() <= objects.labels(pod).items()


def is_headless(service: Object) -> bool:
    """Return whether the Service has no address of its own."""
    return bool(service["spec"].get("clusterIP") == "None")


def address_types(service: Object) -> list[str]:
    """Return the address types of the Service."""
    families: Sequence[str] = service["spec"].get("ipFamilies") or ()
    if families:
        return list(families)
    address = service["spec"].get("clusterIP") or ""
    return [IPV6] if ":" in address else [IPV4]


def addresses(pod: Object, address_type: str) -> list[str]:
    """Return the pod's addresses of one type."""
    status = pod.get("status") or {}
    found = [each.get("ip") for each in status.get("podIPs") or ()] or [status.get("podIP")]
    version = 6 if address_type == IPV6 else 4
    return [each for each in found if each and ip_address(each).version == version]


def is_wanted(pod: Object) -> bool:
    """Return whether the pod has an address and has not ended."""
    status = pod.get("status") or {}
    return bool(status.get("podIP") or status.get("podIPs")) and not pods.is_terminal(pod)


def target(pod: Object) -> dict[str, Any]:
    """Return the reference to the pod."""
    return {
        "kind": "Pod", "namespace": objects.namespace(pod), "name": objects.name(pod), "uid": objects.uid(pod),
    }


def hostname(service: Object, pod: Object) -> str:
    """Return the name under which the pod is found below the Service's name, if any."""
    spec = pod["spec"]
    if spec.get("hostname") and spec.get("subdomain") == objects.name(service):
        found: str = spec["hostname"]
        return found
    return ""


def port_number(pod: Object, port: Mapping[str, Any]) -> int | None:
    """Return the number behind a Service port in this pod; a name may stand for different numbers in different pods."""
    wanted = port.get("targetPort") or port["port"]
    if isinstance(wanted, int):
        return wanted
    spec = pod["spec"]
    sidecars = [each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"]
    for container in (*(spec.get("containers") or ()), *sidecars):
        for found in container.get("ports") or ():
            if found.get("name") == wanted and found.get("protocol", "TCP") == port.get("protocol", "TCP"):
                return int(found["containerPort"])
    return None


def ports(service: Object, pod: Object) -> list[dict[str, Any]]:
    """Return the Service's ports as the pod serves them; ports whose name the pod does not have are left out."""
    result = []
    for port in service["spec"].get("ports") or ():
        number = port_number(pod, port)
        if number is None:
            continue
        found = {"name": port.get("name") or "", "port": number, "protocol": port.get("protocol", "TCP")}
        if port.get("appProtocol"):
            found["appProtocol"] = port["appProtocol"]
        result.append(found)
    return result


def is_relevant(new: Object, old: Object) -> bool:
    """Return whether a pod changed in a way that its Services' endpoints may show."""
    return _view(new) != _view(old)


def _view(pod: Object) -> tuple[object, ...]:
    status, spec = pod.get("status") or {}, pod["spec"]
    return (
        status.get("podIP"), status.get("podIPs"), pods.is_ready(pod), pods.is_terminal(pod), objects.is_deleting(pod),
        objects.labels(pod), spec.get("nodeName"), spec.get("hostname"), spec.get("subdomain"),
    )
