"""Members: the name, labels, host name and volumes that an ordinal stands for. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from kubewheel.controllers import history
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, ownership

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_MEMBER = re.compile(r"(.*)-([0-9]+)", re.DOTALL)


def ordinal_of(pod: Object) -> int | None:
    """Return the ordinal in the pod's name; None if there is none."""
    found = _MEMBER.fullmatch(objects.name(pod))
    return int(found[2]) if found else None


def is_member(stateful_set: Object, pod: Object) -> bool:
    """Return whether the pod's name is one that the StatefulSet gives."""
    ordinal = ordinal_of(pod)
    return ordinal is not None and objects.name(pod) == pod_name(stateful_set, ordinal)


def first_ordinal(stateful_set: Object) -> int:
    """Return the ordinal of the first member."""
    return int((stateful_set["spec"].get("ordinals") or {}).get("start") or 0)


def wanted_ordinals(stateful_set: Object) -> range:
    """Return the ordinals that shall have a member."""
    start = first_ordinal(stateful_set)
    return range(start, start + stateful_set["spec"].get("replicas", 1))


def pod_name(stateful_set: Object, ordinal: int) -> str:
    """Return the name of a member."""
    return f"{objects.name(stateful_set)}-{ordinal}"


def claim_name(template: Object, pod: str) -> str:
    """Return the name of a member's claim."""
    return f"{template['metadata']['name']}-{pod}"


def revision_of(pod: Object) -> str:
    """Return the name of the revision that the pod was made from."""
    return objects.labels(pod).get(history.POD_LABEL, "")


def claims_of(stateful_set: Object, ordinal: int) -> list[dict[str, Any]]:
    """Return the claims of a member, as they are created."""
    name, found = pod_name(stateful_set, ordinal), []
    selected = (stateful_set["spec"].get("selector") or {}).get("matchLabels") or {}
    for template in stateful_set["spec"].get("volumeClaimTemplates") or ():
        source = template["metadata"]
        metadata = {
            "name": claim_name(template, name), "namespace": objects.namespace(stateful_set),
            "labels": {**(source.get("labels") or {}), **selected}, "annotations": source.get("annotations") or {},
        }
        found.append({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template["spec"],
        })
    return found


def labels_of(name: str, ordinal: int) -> dict[str, str]:
    """Return the labels that tell one member from the others."""
    return {POD_NAME: name, POD_INDEX: str(ordinal)}


def new_pod(stateful_set: Object, revision: Object, ordinal: int) -> dict[str, Any]:
    """Return a member as a revision has it."""
    template, name = history.template_of(revision), pod_name(stateful_set, ordinal)
    source: Mapping[str, Any] = template.get("metadata") or {}
    labels = {
        **(source.get("labels") or {}), **labels_of(name, ordinal), history.POD_LABEL: objects.name(revision),
    }
    metadata = {
        "name": name, "namespace": objects.namespace(stateful_set), "labels": labels,
        "annotations": source.get("annotations") or {}, "finalizers": source.get("finalizers") or [],
        "ownerReferences": [ownership.reference_to(stateful_set)],
    }
    spec = {
        **(template.get("spec") or {}), "hostname": name,
        "volumes": _volumes(stateful_set, template.get("spec") or {}, name),
    }
    if stateful_set["spec"].get("serviceName"):
        spec["subdomain"] = stateful_set["spec"]["serviceName"]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _volumes(stateful_set: Object, spec: Object, name: str) -> list[Any]:
    own = [
        {"name": template["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim_name(template, name)}}
        for template in stateful_set["spec"].get("volumeClaimTemplates") or ()
    ]
    taken = {volume["name"] for volume in own}
    return own + [volume for volume in spec.get("volumes") or () if volume["name"] not in taken]
