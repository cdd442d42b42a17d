"""NodeRestriction: a node changes only itself, its own pods, and what belongs to them.

Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from kubewheel.api import errors
from kubewheel.apiserver.admission import pod_certificate_restriction
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.apiserver.authz import node as nodes
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

MIRROR = "kubernetes.io/config.mirror"
LEASES = "kube-node-lease"
KUBELET_LABELS = frozenset({
    "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
    "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type", "kubernetes.io/os", "kubernetes.io/arch",
    "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
})
KUBELET_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
RESERVED_DOMAINS = ("kubernetes.io", "k8s.io")


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse what a node has no business with."""
    node = nodes.node_name(matter.identity)
    if node is None:
        return
    if not node:
        raise matter.forbidden(f'could not determine node from user "{matter.identity.name}"')
    check = CHECKS.get(matter.resource.storage_key)
    if check is not None:
        await check(node, matter, backend)


async def _pod(node: str, matter: Matter, backend: "Backend") -> None:
    if matter.subresource == "status":
        _pod_status(node, matter)
    elif matter.subresource == "eviction":
        _own_pod(node, matter, backend, f"node {node} can only evict pods with spec.nodeName set to itself")
    elif matter.subresource:
        raise matter.forbidden(
            f'unexpected pod subresource "{matter.subresource}", only \'status\' and \'eviction\' are allowed'
        )
    elif matter.operation is Operations.DELETE:
        _own_pod(node, matter, backend, f'node "{node}" can only delete pods with spec.nodeName set to itself')
    elif matter.operation is Operations.CREATE:
        _mirror_pod(node, matter, backend)
    else:
        raise matter.forbidden(
            f'unexpected operation "{matter.operation}", node "{node}" can only create and delete mirror pods'
        )


def _pod_status(node: str, matter: Matter) -> None:
    old, new = matter.old, matter.content
    if old is None or new is None:
        raise matter.forbidden(f'unexpected operation "{matter.operation}"')
    if old["spec"].get("nodeName") != node:
        raise matter.forbidden(
            f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'  # noqa: S608
        )
    if (old["metadata"].get("labels") or {}) != (new["metadata"].get("labels") or {}):
        raise matter.forbidden(f'node "{node}" cannot update labels through pod status')
    claims = "resourceClaimStatuses"
    if ((old.get("status") or {}).get(claims) or []) != ((new.get("status") or {}).get(claims) or []):
        raise matter.forbidden(f'node "{node}" cannot update resource claim statues')


def _own_pod(node: str, matter: Matter, backend: "Backend", refusal: str) -> None:
    entry = backend.store.get(Key("pods", matter.namespace, matter.name))
    if entry is None:
        raise errors.not_found("", "pods", matter.name)
    if entry.object["spec"].get("nodeName") != node:
        raise matter.forbidden(refusal)


def _mirror_pod(node: str, matter: Matter, backend: "Backend") -> None:
    pod = matter.content
    assert pod is not None, "a created pod has content"
    if MIRROR not in (pod["metadata"].get("annotations") or {}):
        raise matter.forbidden(f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods')
    if pod["spec"].get("nodeName") != node:
        raise matter.forbidden(f'node "{node}" can only create pods with spec.nodeName set to itself')
    _mirror_owner(node, matter, pod["metadata"].get("ownerReferences") or [], backend)
    kinds = {resource for resource, _ in nodes.references(pod)}
    for resource, text in (
        ("serviceaccounts", "a service account"), ("secrets", "secrets"), ("configmaps", "configmaps"),
        ("persistentvolumeclaims", "persistentvolumeclaims"), ("resourceclaims", "resourceclaims"),
    ):
        if resource in kinds:
            raise matter.forbidden(f'node "{node}" can not create pods that reference {text}')


def _mirror_owner(node: str, matter: Matter, owners: list[dict[str, Any]], backend: "Backend") -> None:
    if len(owners) > 1:
        raise matter.forbidden(f'node "{node}" can only create pods with a single owner reference set to itself')
    if not owners or (owners[0].get("apiVersion"), owners[0].get("kind"), owners[0].get("name")) != (
        "v1", "Node", node
    ):
        raise matter.forbidden(f'node "{node}" can only create pods with an owner reference set to itself')
    owner = owners[0]
    if not owner.get("controller"):
        raise matter.forbidden(f'node "{node}" can only create pods with a controller owner reference set to itself')
    if owner.get("blockOwnerDeletion"):
        raise matter.forbidden(f'node "{node}" must not set blockOwnerDeletion on an owner reference')
    entry = backend.store.get(Key("nodes", "", node))
    if entry is None:
        raise errors.not_found("", "nodes", node)
    uid = entry.object["metadata"]["uid"]
    if owner.get("uid") != uid:
        raise matter.forbidden(f"node {node} UID mismatch: expected {owner.get('uid', '')} got {uid}")


async def _node(node: str, matter: Matter, backend: "Backend") -> None:
    if matter.name != node:
        raise matter.forbidden(f'node "{node}" is not allowed to modify node "{matter.name}"')
    new, old = matter.content, matter.old
    if new is None:
        return
    if (new.get("spec") or {}).get("configSource") and matter.operation is Operations.CREATE:
        raise matter.forbidden(f'node "{node}" is not allowed to create pods with a non-nil configSource')
    labels, known = new["metadata"].get("labels") or {}, (old or {"metadata": {}})["metadata"].get("labels") or {}
    changed = {name for name in {*labels, *known} if labels.get(name) != known.get(name)}
    refused = sorted(name for name in changed if _is_reserved(name))
    if refused:
        raise matter.forbidden(f"is not allowed to modify labels: {', '.join(refused)}")
    if old is not None and not matter.subresource:
        before, after = (old.get("spec") or {}).get("taints") or [], (new.get("spec") or {}).get("taints") or []
        if before != after:
            raise matter.forbidden(f'node "{node}" is not allowed to modify taints')
        if (new["metadata"].get("ownerReferences") or []) != (old["metadata"].get("ownerReferences") or []):
            raise matter.forbidden(f'node "{node}" is not allowed to modify ownerReferences')


def _is_reserved(label: str) -> bool:
    """Tell whether a label is one by which administrators steer workloads away from nodes that they do not trust."""
    domain = label.partition("/")[0] if "/" in label else ""
    if domain == "node-restriction.kubernetes.io" or domain.endswith(".node-restriction.kubernetes.io"):
        return True
    if label in KUBELET_LABELS or any(domain == each or domain.endswith(f".{each}") for each in KUBELET_DOMAINS):
        return False
    return any(domain == each or domain.endswith(f".{each}") for each in RESERVED_DOMAINS)


async def _claim(node: str, matter: Matter, backend: "Backend") -> None:
    if matter.subresource != "status":
        raise matter.forbidden("may only update PVC status")
    old, new = _without_capacity(matter.old or {}), _without_capacity(matter.content or {})
    if old != new:
        raise matter.forbidden(
            f'node "{node}" is not allowed to update fields other than status.capacity and status.conditions'
        )


def _without_capacity(claim: Object) -> dict[str, Any]:
    ignored = ("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses")
    status = {name: value for name, value in (claim.get("status") or {}).items() if name not in ignored}
    metadata = {name: value for name, value in (claim.get("metadata") or {}).items() if name != "resourceVersion"}
    return {**claim, "metadata": metadata, "status": status}


async def _token(node: str, matter: Matter, backend: "Backend") -> None:
    if matter.operation is not Operations.CREATE or matter.subresource != "token":
        return
    reference = ((matter.content or {}).get("spec") or {}).get("boundObjectRef") or {}
    if (reference.get("apiVersion"), reference.get("kind")) != ("v1", "Pod") or not reference.get("name"):
        raise matter.forbidden("node requested token not bound to a pod")
    if not reference.get("uid"):
        raise matter.forbidden("node requested token with a pod binding without a uid")
    entry = backend.store.get(Key("pods", matter.namespace, reference["name"]))
    if entry is None:
        raise errors.not_found("", "pods", reference["name"])
    if entry.object["metadata"]["uid"] != reference["uid"]:
        raise matter.forbidden(
            f'the UID in the bound object reference ({reference["uid"]}) does not match the UID in record. '
            "The object might have been deleted and then recreated"
        )
    if entry.object["spec"].get("nodeName") != node:
        raise matter.forbidden("node requested token bound to a pod scheduled on a different node")


async def _lease(node: str, matter: Matter, backend: "Backend") -> None:
    if matter.namespace != LEASES:
        raise matter.forbidden(f'can only access leases in the "{LEASES}" system namespace')
    if matter.operation is Operations.CREATE and matter.name != node:
        raise matter.forbidden("can only access node lease with the same name as the requesting node")


async def _csi_node(node: str, matter: Matter, backend: "Backend") -> None:
    if matter.operation is Operations.CREATE and matter.name != node:
        raise matter.forbidden("can only access CSINode with the same name as the requesting node")


Check = Callable[[str, Matter, "Backend"], Awaitable[None]]
CHECKS: Mapping[str, Check] = {
    "pods": _pod, "nodes": _node, "persistentvolumeclaims": _claim, "serviceaccounts": _token,
    "leases.coordination.k8s.io": _lease, "csinodes.storage.k8s.io": _csi_node,
    "podcertificaterequests.certificates.k8s.io": pod_certificate_restriction.check,
}
PLUGIN = Plugin(
    "NodeRestriction", Stage.VALIDATE, 10, frozenset({Operations.CREATE, Operations.UPDATE, Operations.DELETE}), admit,
    frozenset(CHECKS),
)
