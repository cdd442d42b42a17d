"""Endpoints: the older form of EndpointSlices, one object for each Service, at most 1000 addresses.

In: Services with a selector, Pods.  Out: Endpoints.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.controllers.slices import apply as slices
from kubewheel.controllers.slices import endpoints as serving
from kubewheel.controllers.slices import selection
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, key_of, objects

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
MAX_ADDRESSES = 1000

Address = Mapping[str, Any]


async def reconcile(key: Key, world: World) -> Outcome:
    """Bring the Endpoints of one Service up to date; those of a deleted Service go with it."""
    service = world.get("Service", key)
    present = world.get("Endpoints", key)
    if service is None:
        if present is not None and objects.labels(present).get(MANAGED_BY) == MANAGER:
            await world.delete(present)
        return Done()
    spec = service["spec"]
    if not spec.get("selector") or spec.get("type") == "ExternalName":
        return Done()
    subsets, is_truncated = truncate(plan_subsets(service, selection.chosen(world, service)))
    wanted = _endpoints(service, subsets, is_truncated=is_truncated)
    if present is None:
        await _create(world, wanted)
    elif not _is_same(present, wanted):
        metadata = {**present["metadata"], "labels": wanted["metadata"]["labels"]}
        metadata["annotations"] = _annotations(objects.annotations(present), is_truncated=is_truncated)
        await world.update({**present, "metadata": metadata, "subsets": subsets})
    return Done()


async def _create(world: World, wanted: Object) -> None:
    try:
        await world.create(wanted)
    except StatusError as error:
        if not objects.is_namespace_terminating(error):
            raise


def plan_subsets(service: Object, chosen: Iterable[Object]) -> list[dict[str, Any]]:
    """Return the subsets: addresses that serve the same ports belong together, ready or not."""
    publishes_all = bool(service["spec"].get("publishNotReadyAddresses"))
    address_type = serving.address_types(service)[0]
    groups: dict[str, dict[str, Any]] = {}
    for pod in sorted(chosen, key=objects.name):
        found = serving.addresses(pod, address_type) if serving.is_wanted(pod) else []
        ports = serving.ports(service, pod)
        if not found or (objects.is_deleting(pod) and not publishes_all) or not (ports or serving.is_headless(service)):
            continue
        subset = groups.setdefault(str(ports), {"addresses": [], "notReadyAddresses": [], "ports": ports})
        is_ready = publishes_all or _is_ready(pod)
        subset["addresses" if is_ready else "notReadyAddresses"].append(_address(service, pod, found[0]))
    result = []
    for subset in groups.values():
        for port in subset["ports"]:
            if not port["name"]:
                del port["name"]
        result.append({name: value for name, value in subset.items() if value})
    return result


def _is_ready(pod: Object) -> bool:
    ready = objects.condition(pod, "Ready")
    return ready is not None and ready.get("status") == "True"


def _address(service: Object, pod: Object, ip: str) -> Address:
    found: dict[str, Any] = {"ip": ip, "targetRef": serving.target(pod)}
    node = pod["spec"].get("nodeName")
    if node:
        found["nodeName"] = node
    if name := serving.hostname(service, pod):
        found["hostname"] = name
    return found


def truncate(subsets: Sequence[dict[str, Any]], limit: int = MAX_ADDRESSES) -> tuple[list[dict[str, Any]], bool]:
    """Return the subsets with at most `limit` addresses, ready ones first, and whether any were left out."""
    count = sum(len(subset.get(name, ())) for subset in subsets for name in ("addresses", "notReadyAddresses"))
    if count <= limit:
        return list(subsets), False
    left = limit
    kept: list[dict[str, Any]] = [{"ports": subset["ports"]} if "ports" in subset else {} for subset in subsets]
    for name in ("addresses", "notReadyAddresses"):
        for subset, result in zip(subsets, kept, strict=True):
            part = subset.get(name, [])[:left]
            left -= len(part)
            if part:
                result[name] = part
    return [each for each in kept if "addresses" in each or "notReadyAddresses" in each], True


def _endpoints(service: Object, subsets: Sequence[Object], *, is_truncated: bool) -> Object:
    labels = {**objects.labels(service), MANAGED_BY: MANAGER}
    if serving.is_headless(service):
        labels[slices.HEADLESS] = ""
    metadata: dict[str, Any] = {
        "name": objects.name(service), "namespace": objects.namespace(service), "labels": labels,
    }
    if annotations := _annotations({}, is_truncated=is_truncated):
        metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": list(subsets)}


def _annotations(present: Mapping[str, str], *, is_truncated: bool) -> dict[str, str]:
    rest = {key: value for key, value in present.items() if key != OVER_CAPACITY}
    return {**rest, OVER_CAPACITY: "truncated"} if is_truncated else rest


def _is_same(present: Object, wanted: Object) -> bool:
    marks = [objects.annotations(each).get(OVER_CAPACITY) for each in (present, wanted)]
    return bool(
        (present.get("subsets") or []) == wanted["subsets"] and marks[0] == marks[1]
        and objects.labels(present) == wanted["metadata"]["labels"]
    )


def _itself(_: World, change: Change) -> Iterable[Key]:
    return [] if change.type == "ADDED" and MANAGED_BY not in objects.labels(change.object) else [key_of(change.object)]


CONTROLLER = Controller(
    name="endpoint-controller", watches="Service", reconcile=reconcile,
    maps=(Maps("Pod", selection.of_pod), Maps("Endpoints", _itself)),
    indexes={"Pod": {selection.BY_LABEL: selection.by_label}},
)
