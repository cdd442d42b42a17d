"""EndpointSlice: tells which pods serve a Service, and how well.

In: Services with a selector, Pods, Nodes (their zone).  Out: EndpointSlices, at most 100 endpoints each.
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.api import pods
from kubewheel.controllers.slices import Group, plan_slices, selection
from kubewheel.controllers.slices import apply as slices
from kubewheel.controllers.slices import endpoints as serving
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, indexes, objects, ownership

MANAGER = "endpointslice-controller.k8s.io"
BY_SERVICE = "service"
_CLOSE = ("PreferClose", "PreferSameZone", "PreferSameNode")


async def reconcile(key: Key, world: World) -> Outcome:
    """Bring the slices of one Service up to date."""
    service = world.get("Service", key)
    if service is None or objects.is_deleting(service):
        return Done()
    spec = service["spec"]
    if not spec.get("selector") or spec.get("type") == "ExternalName":
        return Done()
    chosen = selection.chosen(world, service)
    zones = {name: _zone(world, name) for name in {pods.node_name(pod) for pod in chosen} if name}
    wanted = plan_groups(service, chosen, zones)
    present = [
        each for each in world.by_index(slices.KIND, BY_SERVICE, str(key))
        if objects.labels(each).get(slices.MANAGED_BY) == MANAGER and not objects.is_deleting(each)
    ]
    plan = plan_slices(wanted, present, _template(service))
    await slices.apply(world, plan)
    if plan.create or plan.update:
        _tell_missing_ports(world, service, chosen)
    return Done()


def _tell_missing_ports(world: World, service: Object, chosen: Sequence[Object]) -> None:
    """Say which named ports lead nowhere: such a Service looks well and answers nobody."""
    for port in service["spec"].get("ports") or ():
        without = sum(serving.port_number(pod, port) is None for pod in chosen)
        if without:
            text = f"target port {port['targetPort']!r} is not a port of {without} of {len(chosen)} selected pods"
            world.event(service, "Warning", "TargetPortNotFound", text)


def _service_of(slice: Object) -> Iterable[str]:
    name = objects.labels(slice).get(slices.SERVICE_NAME)
    return (f"{objects.namespace(slice)}/{name}",) if name else ()


def _zone(world: World, name: str) -> str:
    node = world.get("Node", ("", name))
    return objects.labels(node).get(serving.ZONE, "") if node is not None else ""


def plan_groups(service: Object, chosen: Sequence[Object], zones: Mapping[str, str]) -> list[Group]:
    """Return the wanted endpoints, by address type and ports."""
    result = []
    for address_type in serving.address_types(service):
        groups: dict[str, tuple[list[dict[str, Any]], list[Mapping[str, Any]]]] = {}
        for pod in chosen:
            found = serving.addresses(pod, address_type) if serving.is_wanted(pod) else []
            if found:
                ports = serving.ports(service, pod)
                endpoint = _endpoint(service, pod, found, zones)
                groups.setdefault(str(ports), (ports, []))[1].append(endpoint)
        result += [Group(address_type, ports, _hinted(service, listed)) for ports, listed in groups.values()]
        if not groups:
            # A Service without endpoints has one empty slice: readers can tell it from one not seen yet.
            result.append(Group(address_type, [], []))
    return result


def _endpoint(service: Object, pod: Object, addresses: Sequence[str], zones: Mapping[str, str]) -> dict[str, Any]:
    is_serving, is_terminating = pods.is_ready(pod), objects.is_deleting(pod)
    publishes_all = bool(service["spec"].get("publishNotReadyAddresses"))
    endpoint: dict[str, Any] = {
        "addresses": list(addresses),
        "conditions": {
            "ready": publishes_all or (is_serving and not is_terminating), "serving": is_serving,
            "terminating": is_terminating,
        },
        "targetRef": serving.target(pod),
    }
    node = pods.node_name(pod)
    optional = {"nodeName": node, "zone": zones.get(node, ""), "hostname": serving.hostname(service, pod)}
    endpoint.update({name: value for name, value in optional.items() if value})
    return endpoint


def _hinted(service: Object, endpoints: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Add what the proxy needs to prefer near endpoints, if the Service wants that and every zone is known."""
    preference = service["spec"].get("trafficDistribution")
    ready = [each for each in endpoints if each["conditions"]["ready"]]
    if preference not in _CLOSE or not all(each.get("zone") for each in ready):
        return endpoints
    result = []
    for each in endpoints:
        hints: dict[str, Any] = {"forZones": [{"name": each["zone"]}]} if each.get("zone") else {}
        if preference == "PreferSameNode" and each.get("nodeName"):
            hints["forNodes"] = [{"name": each["nodeName"]}]
        result.append({**each, "hints": hints} if hints and each["conditions"]["ready"] else each)
    return result


def _template(service: Object) -> Object:
    name = objects.name(service)
    labels = {key: value for key, value in objects.labels(service).items() if key not in _RESERVED}
    labels |= {slices.SERVICE_NAME: name, slices.MANAGED_BY: MANAGER}
    if serving.is_headless(service):
        labels[slices.HEADLESS] = ""
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name}-", "namespace": objects.namespace(service), "labels": labels,
            "ownerReferences": [ownership.reference_to(service)],
        },
    }


_RESERVED = frozenset((slices.SERVICE_NAME, slices.MANAGED_BY, slices.HEADLESS))


def _of_slice(_: World, change: Change) -> Iterable[Key]:
    """Restore a slice of ours that somebody changed or deleted; what this controller wrote itself changes nothing."""
    found = []
    for each in (change.old, change.new):
        if each is not None and objects.labels(each).get(slices.MANAGED_BY) == MANAGER:
            name = objects.labels(each).get(slices.SERVICE_NAME)
            found += [Key(objects.namespace(each), name)] if name else []
    return [] if change.type == "ADDED" else found


def _of_node(world: World, change: Change) -> Iterable[Key]:
    """A node's zone shows in the endpoints on it."""
    old, new = change.old, change.new
    zone = objects.labels(new).get(serving.ZONE) if new is not None else None
    if new is None or zone == (objects.labels(old).get(serving.ZONE) if old is not None else None):
        return []
    keys: set[Key] = set()
    for pod in world.by_index("Pod", indexes.BY_NODE, objects.name(new)):
        keys.update(selection.of_pod(world, Change("ADDED", pod, None)))
    return keys


CONTROLLER = Controller(
    name="endpointslice-controller", watches="Service", reconcile=reconcile, component="endpoint-slice-controller",
    maps=(Maps("Pod", selection.of_pod), Maps(slices.KIND, _of_slice), Maps("Node", _of_node)),
    indexes={
        "Pod": {indexes.BY_NODE: indexes.by_node, selection.BY_LABEL: selection.by_label},
        slices.KIND: {BY_SERVICE: _service_of},
    },
)
