"""What may change in a pod once it exists: hardly anything; and through which subresource."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names, qos
from kubewheel.api.validation import containers, differences, pod_annotations, tolerations
from kubewheel.api.validation.affinity import REQUIRED
from kubewheel.api.validation.faults import WHOLE, Faults, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

MAXIMUM = 2**31 - 1
UPDATABLE = (
    "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)


def _images(new: Sequence[Object], old: Sequence[Object], path: str) -> tuple[Faults, bool]:
    """Check the images of containers; tell as well whether it makes sense to go on."""
    if len(new) != len(old):
        return [forbidden(path, "pod updates may not add or remove containers")], False
    faults: Faults = []
    for index, container in enumerate(new):
        if not container.get("image"):
            faults.append(required(f"{path}[{index}].image"))
        faults += containers.validate_image_padding(container, f"{path}[{index}]")
    return faults, True


def _deadline(new: int | None, old: int | None) -> tuple[Faults, bool]:
    path = "spec.activeDeadlineSeconds"
    if new is None:
        if old is None:
            return [], True
        return [invalid(path, None, "must not update from a positive integer to nil value")], True
    if messages := names.in_range(new, 0, MAXIMUM):
        return [invalid(path, new, message) for message in messages], False
    if old is not None and old < new:
        return [invalid(path, new, "must be less than or equal to previous value")], False
    return [], True


def _gates(new: Sequence[Object], old: Sequence[Object]) -> Faults:
    known = {gate.get("name") for gate in old}
    return [
        forbidden(
            f"spec.schedulingGates[{index}].name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name')}'",
        )
        for index, gate in enumerate(new) if gate.get("name") not in known
    ]


def _node_selector(new: Object, old: Object) -> Faults:
    if all(new.get(key) == value for key, value in old.items()):
        return []
    detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    return [invalid("spec.nodeSelector", dict(new), detail)]


def _only_added(new: Object, old: Object) -> bool:
    """Return whether a term of a node selector has all that it had, in its order, and perhaps more."""
    kinds = ("matchExpressions", "matchFields")
    if not any(old.get(kind) for kind in kinds):
        return not any(new.get(kind) for kind in kinds)
    return all(
        not old.get(kind) or differences.is_same((new.get(kind) or [])[: len(old[kind])], old[kind]) for kind in kinds
    )


def _node_affinity(new: Object, old: Object) -> Faults:
    before = ((old.get(REQUIRED) or {}).get("nodeSelectorTerms")) or []
    after = ((new.get(REQUIRED) or {}).get("nodeSelectorTerms")) or []
    path = f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    if not before:
        return []
    if len(before) != len(after):
        detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [invalid(path, list(after), detail)]
    detail = "only additions are allowed (no mutations or deletions)"
    return [
        invalid(f"{path}[{index}]", dict(after[index]), detail)
        for index, term in enumerate(before) if not _only_added(after[index], term)
    ]


def _gated(munged: dict[str, Any], old: Object) -> Faults:
    """Check the placement of a pod that still waits to be scheduled, and take it over from the old one."""
    faults: Faults = []
    selector, old_selector = munged.get("nodeSelector") or {}, old.get("nodeSelector") or {}
    if selector != old_selector:
        faults += _node_selector(selector, old_selector)
        munged["nodeSelector"] = old_selector
    affinity, old_affinity = munged.get("affinity") or {}, old.get("affinity") or {}
    own, before = affinity.get("nodeAffinity") or {}, old_affinity.get("nodeAffinity") or {}
    if not differences.is_same(own, before):
        faults += _node_affinity(own, before)
        munged["affinity"] = {**affinity, "nodeAffinity": before}
    return faults


def _munged(new: Object, old: Object) -> dict[str, Any]:
    """Return the new spec with all that may change put back to what it was."""
    munged = dict(new)
    for kind in ("containers", "initContainers"):
        pairs = zip(new.get(kind) or [], old.get(kind) or [], strict=True)
        munged[kind] = [{**container, "image": before.get("image")} for container, before in pairs]
    for name in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        munged[name] = old.get(name)
    grace = "terminationGracePeriodSeconds"
    if (old.get(grace) or 0) < 0 and new.get(grace) == 1:
        munged[grace] = old[grace]
    return munged


def validate_pod_update(pod: Object, old_pod: Object) -> Faults:
    """Check the update of a pod; the new pod by itself is checked elsewhere."""
    new, old = pod.get("spec") or {}, old_pod.get("spec") or {}
    faults = pod_annotations.validate_annotation_update(
        pod["metadata"].get("annotations"), old_pod["metadata"].get("annotations"), "metadata.annotations"
    )
    for kind in ("containers", "initContainers"):
        found, go_on = _images(new.get(kind) or [], old.get(kind) or [], f"spec.{kind}")
        faults += found
        if not go_on:
            return faults
    found, go_on = _deadline(new.get("activeDeadlineSeconds"), old.get("activeDeadlineSeconds"))
    faults += found
    if not go_on:
        return faults
    faults += tolerations.validate_only_added(
        new.get("tolerations") or [], old.get("tolerations") or [], "spec.tolerations"
    )
    faults += _gates(new.get("schedulingGates") or [], old.get("schedulingGates") or [])
    if new == old:
        return faults
    munged = _munged(new, old)
    if old.get("schedulingGates"):
        faults += _gated(munged, old)
    if not differences.is_same(munged, old):
        detail = f"pod updates may not change fields other than {','.join(UPDATABLE)}\n"
        faults.append(forbidden("spec", detail + differences.describe(old, munged, "spec")))
    return faults


def validate_ephemeral_containers_update(pod: Object, old_pod: Object) -> Faults:
    """Check what comes through the subresource `ephemeralcontainers`: containers are added, never changed."""
    if pod_annotations.MIRROR in (old_pod["metadata"].get("annotations") or {}):
        return [forbidden(WHOLE, "static pods do not support ephemeral containers")]
    path = "spec.ephemeralContainers"
    after = {each.get("name"): each for each in (pod.get("spec") or {}).get("ephemeralContainers") or []}
    faults: Faults = []
    for old in (old_pod.get("spec") or {}).get("ephemeralContainers") or []:
        name = old.get("name") or ""
        new = after.get(name)
        if new is None:
            faults.append(forbidden(path, f'existing ephemeral containers "{name}" may not be removed\n'))
        elif not differences.is_same(new, old):
            detail = f'existing ephemeral containers "{name}" may not be changed\n'
            faults.append(forbidden(path, detail + differences.describe(old, new, path)))
    return faults


def validate_binding(binding: Object) -> Faults:
    """Check a Binding: which node a pod goes to."""
    target = binding.get("target") or {}
    faults: Faults = []
    if target.get("kind") not in (None, "", "Node"):
        faults.append(unsupported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        faults.append(required("target.name"))
    return faults


def _resize_container(new: Object, old: Object, path: str) -> Faults:
    faults: Faults = []
    wanted, given = new.get("resources") or {}, old.get("resources") or {}
    for side in ("requests", "limits"):
        if set(given.get(side) or {}) - set(wanted.get(side) or {}):
            faults.append(forbidden(f"{path}.{side}", f"resource {side} cannot be removed"))
    return faults


def _without_compute(container: Object) -> dict[str, Any]:
    needs = container.get("resources") or {}
    kept = {
        side: {name: value for name, value in (needs.get(side) or {}).items() if name not in qos.COMPUTE}
        for side in ("requests", "limits")
    }
    rest = {name: value for name, value in container.items() if name not in ("resources", "resizePolicy")}
    return {**rest, "kept": kept, "claims": needs.get("claims")}


def _resize_list(new: Object, old: Object, kind: str) -> Faults:
    faults: Faults = []
    pairs = zip(new.get(kind) or [], old.get(kind) or [], strict=False)
    for index, (container, before) in enumerate(pairs):
        if container.get("name") != before.get("name"):
            detail = f"{kind} may not be renamed or reordered on resize"
            faults.append(forbidden(f"spec.{kind}[{index}].name", detail))
            continue
        is_sidecar = before.get("restartPolicy") == "Always"
        if kind == "initContainers" and not is_sidecar:
            if not differences.is_same(container, before):
                faults.append(forbidden("spec", "resources for non-sidecar init containers are immutable"))
            continue
        faults += _resize_container(container, before, f"spec.{kind}[{index}].resources")
        if not differences.is_same(_without_compute(container), _without_compute(before)):
            noun = "cpu and memory resources" + (" for sidecar containers" if kind == "initContainers" else "")
            faults.append(forbidden("spec", f"only {noun} are mutable"))
    return faults


def validate_resize(pod: Object, old_pod: Object) -> Faults:
    """Check what comes through the subresource `resize`: CPU and memory of containers."""
    new, old = pod.get("spec") or {}, old_pod.get("spec") or {}
    if pod_annotations.MIRROR in (old_pod["metadata"].get("annotations") or {}):
        return [forbidden(WHOLE, "static pods cannot be resized")]
    if (old.get("os") or {}).get("name") == "windows":
        return [forbidden(WHOLE, "windows pods cannot be resized")]
    faults: Faults = []
    if qos.of(old_pod) != qos.compute(new):
        shown = (pod.get("status") or {}).get("qosClass") or ""
        faults.append(invalid("spec", shown, "Pod QOS Class may not change as a result of resizing"))
    for kind in ("containers", "initContainers"):
        if len(new.get(kind) or []) != len(old.get(kind) or []):
            return [*faults, forbidden(f"spec.{kind}", f"{kind} may not be added or removed on resize")]
        faults += _resize_list(new, old, kind)
    lists = ("containers", "initContainers")
    rest = [{name: value for name, value in spec.items() if name not in lists} for spec in (new, old)]
    if not faults and not differences.is_same(*rest):
        faults.append(forbidden("spec", "only cpu and memory resources are mutable"))
    return faults
