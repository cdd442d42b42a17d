"""EndpointSlice mirroring: Endpoints that people write by hand become EndpointSlices too.

In: Endpoints of Services without a selector.  Out: EndpointSlices, which go when the Endpoints go.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from kubewheel.controllers.slices import Group, plan_slices
from kubewheel.controllers.slices import apply as slices
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, key_of, objects, ownership

MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MAX_ADDRESSES = 1000  # Of a subset; more are not mirrored.
BY_MIRRORED = "mirrored service"


async def reconcile(key: Key, world: World) -> Outcome:
    """Bring the mirror of one Endpoints object up to date."""
    endpoints = world.get("Endpoints", key)
    service = world.get("Service", key)
    present = world.by_index(slices.KIND, BY_MIRRORED, str(key))
    if endpoints is None or service is None or not is_mirrored(endpoints, service):
        for each in present:
            await world.delete(each)
        return Done()
    await slices.apply(world, plan_slices(plan_groups(endpoints), present, _template(endpoints)))
    return Done()


def is_mirrored(endpoints: Object, service: Object) -> bool:
    """Return whether the Endpoints are written by hand and want to be mirrored."""
    return (
        not service["spec"].get("selector") and objects.labels(endpoints).get(SKIP) != "true"
        and LEADER not in objects.annotations(endpoints)
    )


def plan_groups(endpoints: Object) -> list[Group]:
    """Return the endpoints by address type and ports."""
    result = []
    for subset in endpoints.get("subsets") or ():
        by_type: dict[str, list[Mapping[str, Any]]] = {}
        listed = [(address, True) for address in subset.get("addresses") or ()]
        listed += [(address, False) for address in subset.get("notReadyAddresses") or ()]
        for address, is_ready in listed[:MAX_ADDRESSES]:
            address_type = "IPv6" if ip_address(address["ip"]).version == 6 else "IPv4"
            by_type.setdefault(address_type, []).append(_endpoint(address, is_ready=is_ready))
        ports = [{**port, "name": port.get("name") or ""} for port in subset.get("ports") or ()]
        result += [Group(address_type, ports, found) for address_type, found in by_type.items()]
    return result


def _endpoint(address: Mapping[str, Any], *, is_ready: bool) -> Mapping[str, Any]:
    found: dict[str, Any] = {"addresses": [address["ip"]], "conditions": {"ready": is_ready}}
    found.update({name: address[name] for name in ("targetRef", "nodeName", "hostname") if address.get(name)})
    return found


def _template(endpoints: Object) -> Object:
    name = objects.name(endpoints)
    labels = {**objects.labels(endpoints), slices.SERVICE_NAME: name, slices.MANAGED_BY: MANAGER}
    annotations = {
        key: value for key, value in objects.annotations(endpoints).items() if key not in (TRIGGER_TIME, LAST_APPLIED)
    }
    metadata: dict[str, Any] = {
        "generateName": f"{name}-", "namespace": objects.namespace(endpoints), "labels": labels,
        "ownerReferences": [ownership.reference_to(endpoints)],
    }
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata}


def _mirrored(slice: Object) -> Iterable[str]:
    labels = objects.labels(slice)
    if labels.get(slices.MANAGED_BY) != MANAGER:
        return ()
    return (f"{objects.namespace(slice)}/{labels.get(slices.SERVICE_NAME, '')}",)


def _of_slice(_: World, change: Change) -> Iterable[Key]:
    if change.type == "ADDED" or not list(_mirrored(change.object)):
        return []
    return [Key(objects.namespace(change.object), objects.labels(change.object).get(slices.SERVICE_NAME, ""))]


def _of_service(_: World, change: Change) -> Iterable[Key]:
    old, new = change.old, change.new
    is_same = old is not None and new is not None and old["spec"].get("selector") == new["spec"].get("selector")
    return [] if is_same else [key_of(change.object)]


CONTROLLER = Controller(
    name="endpointslicemirroring-controller", watches="Endpoints", reconcile=reconcile,
    component="endpoint-slice-mirroring-controller",
    maps=(Maps("Service", _of_service), Maps(slices.KIND, _of_slice)),
    indexes={slices.KIND: {BY_MIRRORED: _mirrored}},
)
