"""The order in which a server makes what a cluster starts with."""

from kubewheel.api.scheduling.bootstrap import priority_classes
from kubewheel.apiserver.aggregation import registration
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.bootstrap import authentication, kubernetes_service, roles
from kubewheel.apiserver.bootstrap.ensure import ensure
from kubewheel.apiserver.fairness import keeper
from kubewheel.apiserver.service_allocation import repair
from kubewheel.apiserver.service_allocation.addresses import Addresses
from kubewheel.apiserver.service_allocation.node_ports import NodePorts

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


async def bootstrap(backend: Backend, addresses: Addresses, ports: NodePorts) -> None:
    """Make all of it; repeatable."""
    for name in NAMESPACES:
        await ensure(backend, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    await roles.reconcile(backend)
    for wanted in priority_classes():
        await ensure(backend, wanted)
    await keeper.reconcile(backend)
    await registration.reconcile(backend)
    await authentication.reconcile(backend)
    await repair.repair(backend.store, addresses, ports)
    await kubernetes_service.reconcile(backend, addresses)
