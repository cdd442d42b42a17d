"""Which volume can serve a claim on a node."""

from collections.abc import Mapping

from kubewheel.api import node_selection, quantity, selectors
from kubewheel.libs.wire import Object
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.snapshot import Objects, Snapshot

NO_PROVISIONER = "kubernetes.io/no-provisioner"
ZONE_LABELS = (
    "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
)


def fits_node(volume: Object, node: NodeInfo) -> bool:
    """Return whether the volume can be reached from the node."""
    terms = node_selection.selection_of((volume["spec"].get("nodeAffinity") or {}).get("required"))
    return terms is None or any(term.matches(node.labels, node.name) for term in terms)


def is_in_zone(volume: Object, node: NodeInfo) -> bool:
    """Return whether the node lies in the zone and region that the volume's labels name."""
    labels: Mapping[str, str] = volume["metadata"].get("labels") or {}
    return all(
        node.labels.get(key) in labels[key].split("__") for key in ZONE_LABELS if key in labels and key in node.labels
    )


def find(claim: Object, node: NodeInfo, snapshot: Snapshot, taken: set[str]) -> Object | None:
    """Return the smallest volume that is free for the claim and reachable from the node."""
    key = claim_key(claim)
    candidates = [
        volume for volume in snapshot.objects.list("PersistentVolume")
        if volume["metadata"]["name"] not in taken
        and snapshot.reserved_volumes.get(volume["metadata"]["name"], key) == key
        and _serves(volume, claim) and fits_node(volume, node)
    ]
    return min(candidates, key=_size, default=None)


def claim_key(claim: Object) -> str:
    """Return namespace and name of a claim."""
    return f"{claim['metadata']['namespace']}/{claim['metadata']['name']}"


def _size(volume: Object) -> tuple[int, str]:
    return quantity.of((volume["spec"].get("capacity") or {}).get("storage")).value, volume["metadata"]["name"]


def _serves(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    if volume["metadata"].get("deletionTimestamp") or not _is_free(volume, claim):
        return False
    if (spec.get("storageClassName") or "") != (wanted.get("storageClassName") or ""):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if not set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ()):
        return False
    chosen = wanted.get("selector")
    if chosen is not None and not selectors.from_object(chosen).matches(volume["metadata"].get("labels")):
        return False
    requested = quantity.of(((wanted.get("resources") or {}).get("requests") or {}).get("storage"))
    return _size(volume)[0] >= requested.value


def _is_free(volume: Object, claim: Object) -> bool:
    holder = volume["spec"].get("claimRef")
    if not holder:
        return bool((volume.get("status") or {}).get("phase", "Available") == "Available")
    metadata = claim["metadata"]
    return bool(
        holder.get("name") == metadata["name"] and holder.get("namespace") == metadata["namespace"]
        and holder.get("uid") in (None, "", metadata.get("uid"))
    )


def can_provision(claim: Object, storage_class: Object | None, node: NodeInfo) -> bool:
    """Return whether a volume for the claim can be made for this node."""
    if storage_class is None or storage_class.get("provisioner") in (None, "", NO_PROVISIONER):
        return False
    topologies = storage_class.get("allowedTopologies") or ()
    return not topologies or any(
        all(node.labels.get(each["key"]) in each.get("values", ()) for each in term.get("matchLabelExpressions") or ())
        for term in topologies
    )


def volume_of(claim: Object, objects: Objects) -> Object | None:
    """Return the volume that a claim is bound to."""
    return objects.get("PersistentVolume", "", claim["spec"]["volumeName"])
