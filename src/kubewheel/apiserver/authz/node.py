"""Node authorization: a node may read what its own pods name, and write about itself.

Source: https://kubernetes.io/docs/reference/access-authn-authz/node/
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.api.rbac import bootstrap
from kubewheel.api.rbac import rules as rbac_rules
from kubewheel.api.selectors import parse_terms
from kubewheel.apiserver.authz.attributes import NO_OPINION, Attributes, Opinion, Verdict
from kubewheel.apiserver.follow import Index
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage import Key, Store

NODES_GROUP = "system:nodes"
USER_PREFIX = "system:node:"
LEASES = "kube-node-lease"
ALLOWED = Verdict(Opinion.ALLOW)
POD_WRITES = frozenset({
    ("create", ""), ("delete", ""), ("update", "status"), ("patch", "status"), ("create", "eviction"),
})

RULES = tuple(rbac_rules.parse(rule) for rule in bootstrap.node_rules())


def node_name(identity: Identity) -> str | None:
    """Return the node that `identity` is: empty if it is one without a name, None if it is no node."""
    if NODES_GROUP not in identity.groups or not identity.name.startswith(USER_PREFIX):
        return None
    return identity.name.removeprefix(USER_PREFIX)


def nodes_of_pod(pod: Object) -> tuple[str, ...]:
    """Return the node that `pod` runs on, as index values."""
    name = (pod.get("spec") or {}).get("nodeName")
    return (name,) if name else ()


class NodeMode:
    """Decides for node identities."""

    def __init__(self, store: Store, pods_by_node: Index) -> None:
        self._store = store
        self._pods = pods_by_node
        self._special: Mapping[tuple[str, str], Callable[[str, Attributes], Verdict]] = {
            ("", "secrets"): self._read_named, ("", "configmaps"): self._read_named,
            ("", "persistentvolumeclaims"): self._claim, ("", "persistentvolumes"): self._get_named,
            ("resource.k8s.io", "resourceclaims"): self._get_named,
            ("storage.k8s.io", "volumeattachments"): self._attachment,
            ("", "serviceaccounts"): self._token, ("coordination.k8s.io", "leases"): self._lease,
            ("storage.k8s.io", "csinodes"): self._csi_node, ("resource.k8s.io", "resourceslices"): self._slice,
            ("", "nodes"): _node, ("", "pods"): self._pod,
        }

    def decide(self, attributes: Attributes) -> Verdict:
        node = node_name(attributes.identity)
        if node is None:
            return NO_OPINION
        if not node:
            return _unsure(f'unknown node for user "{attributes.identity.name}"')
        special = self._special.get((attributes.group, attributes.resource))
        if special is not None:
            return special(node, attributes)
        return ALLOWED if any(rbac_rules.covers(rule, attributes) for rule in RULES) else NO_OPINION

    def _read_named(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb not in ("get", "list", "watch"):
            return _unsure("can only read resources of this type")
        if attributes.subresource:
            return _unsure("cannot read subresource")
        if not attributes.namespace:
            return _unsure("can only read namespaced object of this type")
        return self._related(node, attributes)

    def _get_named(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb != "get":
            return _unsure("can only get individual resources of this type")
        if attributes.subresource:
            return _unsure("cannot get subresource")
        return self._related(node, attributes)

    def _claim(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.subresource != "status":
            return self._get_named(node, attributes)
        if attributes.verb not in ("update", "patch"):
            return _unsure("can only get/update/patch this type")
        return self._related(node, attributes)

    def _attachment(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb != "get" or attributes.subresource:
            return _unsure("can only get individual resources of this type")
        entry = self._store.get(Key("volumeattachments.storage.k8s.io", "", attributes.name))
        return ALLOWED if entry and entry.object["spec"].get("nodeName") == node else _unrelated(node)

    def _token(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb == "get" and not attributes.subresource:
            return self._related(node, attributes)
        if attributes.verb != "create" or not attributes.name:
            return _unsure("can only create tokens for individual service accounts")
        if attributes.subresource != "token":
            return _unsure("can only create token subresource of serviceaccount")
        return self._related(node, attributes)

    def _lease(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb not in ("get", "create", "update", "patch", "delete"):
            return _unsure("can only get, create, update, patch, or delete a node lease")
        if attributes.namespace != LEASES:
            return _unsure(f'can only access leases in the "{LEASES}" system namespace')
        if attributes.verb != "create" and attributes.name != node:
            return _unsure("can only access node lease with the same name as the requesting node")
        return ALLOWED

    def _csi_node(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.verb not in ("get", "create", "update", "patch", "delete"):
            return _unsure("can only get, create, update, patch, or delete a CSINode")
        if attributes.subresource:
            return _unsure("cannot authorize CSINode subresources")
        if attributes.verb != "create" and attributes.name != node:
            return _unsure("can only access CSINode with the same name as the requesting node")
        return ALLOWED

    def _slice(self, node: str, attributes: Attributes) -> Verdict:
        if attributes.subresource:
            return _unsure("cannot authorize ResourceSlice subresources")
        if attributes.verb == "create":
            return ALLOWED
        if attributes.verb in ("watch", "list", "deletecollection"):
            if _selects(attributes, "spec.nodeName", node):
                return ALLOWED
            return _unsure("can only list/watch/deletecollection resourceslices with nodeName field selector")
        if attributes.verb not in ("get", "update", "patch", "delete"):
            return _unsure("only the following verbs are allowed for a ResourceSlice: get, watch, list, create, "
                           "update, patch, delete, deletecollection")
        entry = self._store.get(Key("resourceslices.resource.k8s.io", "", attributes.name))
        return ALLOWED if entry and entry.object["spec"].get("nodeName") == node else _unrelated(node)

    def _pod(self, node: str, attributes: Attributes) -> Verdict:
        asked = (attributes.verb, attributes.subresource)
        if asked in POD_WRITES:
            return ALLOWED  # Admission keeps nodes to their own pods.
        if attributes.subresource or attributes.verb not in ("get", "list", "watch"):
            return NO_OPINION
        if attributes.verb != "get":
            if _selects(attributes, "spec.nodeName", node):
                return ALLOWED
            if not attributes.name:
                return _unsure("can only list/watch pods with spec.nodeName field selector")
        wanted = Key("pods", attributes.namespace, attributes.name)
        return ALLOWED if wanted in set(self._pods.keys(node)) else _unrelated(node)

    def _related(self, node: str, attributes: Attributes) -> Verdict:
        if not attributes.name:
            return _unsure("No Object name found")
        wanted = (attributes.resource, attributes.name)
        for key in self._pods.keys(node):
            if attributes.namespace and key.namespace != attributes.namespace:
                continue
            entry = self._store.get(key)
            if entry is not None and wanted in self._names(entry.object):
                return ALLOWED
        return _unrelated(node)

    def _names(self, pod: Object) -> Iterator[tuple[str, str]]:
        """Yield resource and name of all that `pod` needs, volumes behind its claims included."""
        for resource, name in references(pod):
            yield resource, name
            if resource == "persistentvolumeclaims":
                claim = self._store.get(Key(resource, pod["metadata"].get("namespace", ""), name))
                volume = claim and (claim.object.get("spec") or {}).get("volumeName")
                if volume:
                    yield "persistentvolumes", volume


def _node(node: str, attributes: Attributes) -> Verdict:
    if attributes.subresource:
        writes = attributes.subresource == "status" and attributes.verb in ("update", "patch")
        return ALLOWED if writes else NO_OPINION
    if attributes.verb in ("create", "update", "patch"):
        return ALLOWED  # Admission keeps nodes to themselves.
    if attributes.verb not in ("get", "list", "watch"):
        return NO_OPINION
    if attributes.name == node:
        return ALLOWED
    other = f"'{attributes.name}'" if attributes.name else "all nodes"
    return _unsure(f"node '{node}' cannot read {other}, only its own Node object")


def _selects(attributes: Attributes, field: str, value: str) -> bool:
    """Tell whether a list is narrowed down to objects whose field has a value."""
    try:
        terms = parse_terms(attributes.field_selector)
    except StatusError:
        return False
    return any(term.field == field and term.value == value and not term.negated for term in terms)


def references(pod: Object) -> Iterator[tuple[str, str]]:
    """Yield resource and name of every object that `pod` names."""
    spec = pod.get("spec") or {}
    if spec.get("serviceAccountName"):
        yield "serviceaccounts", spec["serviceAccountName"]
    for secret in spec.get("imagePullSecrets") or ():
        yield "secrets", secret.get("name", "")
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(field) or ():
            yield from _environment(container)
    for volume in spec.get("volumes") or ():
        yield from _volume(pod, volume)
    statuses = (pod.get("status") or {}).get("resourceClaimStatuses") or ()
    for claim in (*(spec.get("resourceClaims") or ()), *statuses):
        if claim.get("resourceClaimName"):
            yield "resourceclaims", claim["resourceClaimName"]


def _environment(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom") or ():
        yield from _sources(source, "configMapRef", "secretRef")
    for variable in container.get("env") or ():
        yield from _sources(variable.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")


def _sources(source: Mapping[str, Any], config: str, secret: str) -> Iterator[tuple[str, str]]:
    if source.get(config):
        yield "configmaps", source[config].get("name", "")
    if source.get(secret):
        yield "secrets", source[secret].get("name", "")


def _volume(pod: Object, volume: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if volume.get("secret"):
        yield "secrets", volume["secret"].get("secretName", "")
    if volume.get("configMap"):
        yield "configmaps", volume["configMap"].get("name", "")
    if volume.get("persistentVolumeClaim"):
        yield "persistentvolumeclaims", volume["persistentVolumeClaim"].get("claimName", "")
    if volume.get("ephemeral"):
        yield "persistentvolumeclaims", f"{pod['metadata']['name']}-{volume['name']}"
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield from _sources(source, "configMap", "secret")
    for other in ("cephfs", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"):
        if (volume.get(other) or {}).get("secretRef"):
            yield "secrets", volume[other]["secretRef"].get("name", "")
    if (volume.get("csi") or {}).get("nodePublishSecretRef"):
        yield "secrets", volume["csi"]["nodePublishSecretRef"].get("name", "")
    if volume.get("azureFile"):
        yield "secrets", volume["azureFile"].get("secretName", "")


def _unsure(reason: str) -> Verdict:
    return Verdict(Opinion.NONE, reason)


def _unrelated(node: str) -> Verdict:
    return _unsure(f"no relationship found between node '{node}' and this object")
