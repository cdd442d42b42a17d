"""Objects that a cluster needs beyond what the API server makes by itself: the DNS Service, rights of our own parts.

Written at every start, because the machine's address may have changed meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.api import errors
from kubewheel.client import Client
from kubewheel.launch.settings import ClusterSettings

DNS_SERVICE = "kube-dns"
DNS = "kubewheel:dns"
SIMULATED_NODES = "kubewheel:simulated-nodes"
API_SERVER_USER = "kubernetes"  # The name in the API server's certificate, with which it calls node agents.


def _rule(group: str, resources: Sequence[str], verbs: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": verbs.split()}


# The rights of the one identity that acts for all simulated nodes: what a node may do, for any node.
SIMULATED_NODES_RULES = (
    _rule("", ["nodes"], "get list watch create update patch delete"),
    _rule("", ["nodes/status", "pods/status"], "update patch"),
    _rule("", ["pods"], "get list watch delete"),
    _rule("", ["events"], "create patch update"),
    _rule("events.k8s.io", ["events"], "create patch update"),
    _rule("coordination.k8s.io", ["leases"], "get create update patch delete"),
    _rule("authentication.k8s.io", ["tokenreviews"], "create"),
    _rule("authorization.k8s.io", ["subjectaccessreviews"], "create"),
)


async def apply(client: Client, settings: ClusterSettings, address: str) -> None:
    """Create the objects, or bring those that exist back to what they must be."""
    for wanted in objects(settings, address):
        await _ensure(client, wanted)


def objects(settings: ClusterSettings, address: str) -> Iterable[dict[str, Any]]:
    """Return the objects; `address` is where the DNS server of this machine listens."""
    yield _cluster_role_binding("kubewheel:kube-apiserver-to-kubelet", "system:kubelet-api-admin", API_SERVER_USER)
    yield _cluster_role(DNS, [
        _rule("", ["services", "namespaces"], "list watch"),
        _rule("discovery.k8s.io", ["endpointslices"], "list watch"),
    ])
    yield _cluster_role_binding(DNS, DNS, "system:kube-dns")
    yield _cluster_role(SIMULATED_NODES, SIMULATED_NODES_RULES)
    yield _cluster_role_binding(SIMULATED_NODES, SIMULATED_NODES, SIMULATED_NODES)
    if settings.runtime == "containerd" and settings.has_part("dns"):
        yield _dns_service(settings)
        yield _dns_slice(settings, address)


def _cluster_role_binding(name: str, role: str, user: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }


def _cluster_role(name: str, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
        "rules": list(rules),
    }


def _dns_service(settings: ClusterSettings) -> dict[str, Any]:
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": settings.dns_port},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": settings.dns_port},
    ]
    labels = {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    return {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": DNS_SERVICE, "namespace": "kube-system", "labels": labels},
        "spec": {"clusterIP": settings.dns_address, "ports": ports, "type": "ClusterIP"},
    }


def _dns_slice(settings: ClusterSettings, address: str) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": DNS_SERVICE, "endpointslice.kubernetes.io/managed-by": "kubewheel"}
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "kube-dns-kubewheel", "namespace": "kube-system", "labels": labels},
        "endpoints": [{"addresses": [address], "conditions": {"ready": True, "serving": True, "terminating": False}}],
        "ports": [
            {"name": "dns", "port": settings.dns_port, "protocol": "UDP"},
            {"name": "dns-tcp", "port": settings.dns_port, "protocol": "TCP"},
        ],
    }


async def _ensure(client: Client, wanted: Mapping[str, Any]) -> None:
    """Create `wanted`; if it exists, set the fields that `wanted` has, and leave the others.

    A binding cannot be led to another role: it is replaced, as upstream does with its own at a start.
    """
    meta = wanted["metadata"]
    group = wanted["apiVersion"].rpartition("/")[0] if "/" in wanted["apiVersion"] else ""
    kind = f"{wanted['kind']}.{group}" if group else str(wanted["kind"])
    try:
        found = await client.get(kind, meta["name"], meta.get("namespace", ""))
    except errors.StatusError as error:
        if error.reason != "NotFound":
            raise
        await client.create(wanted)
        return
    if found.get("roleRef") != wanted.get("roleRef"):
        await client.delete(kind, meta["name"])
        await client.create(wanted)
    else:
        change = {name: value for name, value in wanted.items() if name not in ("apiVersion", "kind")}
        await client.patch(kind, meta["name"], change, meta.get("namespace", ""), type="merge")
