"""The service `kubernetes` and its endpoint: how pods reach this server; and the network that it is in."""

import ipaddress
from typing import Any

from kubewheel.apiserver import versions
from kubewheel.apiserver.backend import Backend, Operation
from kubewheel.apiserver.bootstrap.ensure import Correct, ensure
from kubewheel.apiserver.service_allocation.addresses import Addresses
from kubewheel.apiserver.verbs import update
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

NAME, NAMESPACE = "kubernetes", "default"
PORT = 443
LOOK_SECONDS = 10.0


async def reconcile(backend: Backend, addresses: Addresses) -> None:
    """Make service, endpoints and the service network's object; put the address right."""
    await ensure(backend, _service_cidr(backend, addresses))
    await _mark_ready(backend)
    await ensure(backend, _service(backend, addresses))
    if ipaddress.ip_address(backend.settings.advertise_address).is_loopback:
        return  # Pods could not reach it, and endpoints may not name it.
    for wanted in (_endpoints(backend), _slice(backend)):
        await ensure(backend, wanted, _correction(wanted))


async def keep(backend: Backend, addresses: Addresses) -> None:
    """Put back what of it somebody deletes; never returns. Looks as often as upstream does."""
    while True:
        await backend.clock.sleep(LOOK_SECONDS)
        if any(backend.store.get(key) is None for key in _keys(backend)):
            await reconcile(backend, addresses)


def _keys(backend: Backend) -> list[Key]:
    keys = [Key("services", NAMESPACE, NAME)]
    if not ipaddress.ip_address(backend.settings.advertise_address).is_loopback:
        keys += [Key("endpoints", NAMESPACE, NAME), Key("endpointslices.discovery.k8s.io", NAMESPACE, NAME)]
    return keys


def _correction(wanted: Object) -> Correct:
    def correct(content: dict[str, Any]) -> None:
        for field in ("subsets", "endpoints", "ports"):
            if field in wanted:
                content[field] = wanted[field]

    return correct


def _metadata(**labels: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": NAME, "namespace": NAMESPACE}
    if labels:
        metadata["labels"] = labels
    return metadata


def _service(backend: Backend, addresses: Addresses) -> Object:
    port = {"name": "https", "protocol": "TCP", "port": PORT, "targetPort": backend.settings.advertise_port}
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": _metadata(component="apiserver", provider="kubernetes"),
        "spec": {
            "type": "ClusterIP", "clusterIP": addresses.first, "clusterIPs": [addresses.first], "ports": [port],
            "sessionAffinity": "None", "ipFamilies": [addresses.family], "ipFamilyPolicy": "SingleStack",
        },
    }


def _endpoints(backend: Backend) -> Object:
    settings = backend.settings
    port = {"name": "https", "port": settings.advertise_port, "protocol": "TCP"}
    return {
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": _metadata(**{"endpointslice.kubernetes.io/skip-mirror": "true"}),
        "subsets": [{"addresses": [{"ip": settings.advertise_address}], "ports": [port]}],
    }


def _slice(backend: Backend) -> Object:
    settings = backend.settings
    family = f"IPv{ipaddress.ip_address(settings.advertise_address).version}"
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": _metadata(**{"kubernetes.io/service-name": NAME}), "addressType": family,
        "endpoints": [{"addresses": [settings.advertise_address], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": settings.advertise_port, "protocol": "TCP"}],
    }


def _service_cidr(backend: Backend, addresses: Addresses) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR",
        "metadata": {"name": NAME, "finalizers": ["networking.k8s.io/service-cidr-finalizer"]},
        "spec": {"cidrs": [str(addresses.network)]},
    }


async def _mark_ready(backend: Backend) -> None:
    """Say in the network's status that addresses can be had from it."""
    resource = backend.registry.by_kind("ServiceCIDR.networking.k8s.io")
    operation = Operation(backend, resource, "", NAME, "status")
    entry = backend.store.get(operation.key)
    if entry is None or (entry.object.get("status") or {}).get("conditions"):
        return
    content = versions.mutable(entry)
    content["status"] = {"conditions": [{
        "type": "Ready", "status": "True", "reason": "Ready", "message": "Kubernetes Service CIDR is ready",
        "lastTransitionTime": rfc3339(backend.clock.now()),
    }]}
    await update.update_object(operation, update.status_aspect(resource), lambda _: content)
