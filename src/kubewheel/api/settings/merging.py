"""What PodPresets make of a pod: all that match are applied to all of its containers, or none is."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from kubewheel.api import objects, selectors
from kubewheel.libs.wire import Object

PREFIX = "podpreset.admission.kubernetes.io"
EXCLUDED = f"{PREFIX}/exclude"
MIRROR = "kubernetes.io/config.mirror"
CONTAINERS = ("containers", "initContainers")


class Conflict(Exception):
    """A preset says something else than the pod or another preset; the message says what."""


def matching(pod: Object, presets: Iterable[Object]) -> list[Object]:
    """Return the presets that are for `pod`."""
    annotations = pod["metadata"].get("annotations") or {}
    if annotations.get(EXCLUDED) == "true" or MIRROR in annotations:
        return []
    labels = pod["metadata"].get("labels")
    # A preset without selector is one with an empty one: upstream's field was no pointer.
    return [each for each in presets if selectors.from_object(each["spec"].get("selector") or {}).matches(labels)]


def merged(pod: Object, presets: Sequence[Object]) -> dict[str, Any]:
    """Return `pod` with what `presets` add; raise Conflict when they do not fit together."""
    result = objects.copy(pod)
    spec = result.setdefault("spec", {})
    _add(spec, "volumes", presets, ("name",), "in pod spec")
    for field in CONTAINERS:
        for container in spec.get(field) or ():
            _add(container, "env", presets, ("name",), "in container")
            _add(container, "volumeMounts", presets, ("name", "mountPath"), "in container")
            added = [source for preset in presets for source in preset["spec"].get("envFrom") or ()]
            if added:
                container["envFrom"] = [*(container.get("envFrom") or ()), *map(objects.copy, added)]
    annotations = {
        f"{PREFIX}/podpreset-{each['metadata']['name']}": each["metadata"]["resourceVersion"] for each in presets
    }
    result["metadata"]["annotations"] = {**(result["metadata"].get("annotations") or {}), **annotations}
    return result


def _add(owner: dict[str, Any], field: str, presets: Sequence[Object], keys: Sequence[str], place: str) -> None:
    """Append entries that are new; an entry that shares a key with another one must equal it."""
    known = list(owner.get(field) or ())
    for preset in presets:
        for entry in preset["spec"].get(field) or ():
            rivals = [each for each in known for key in keys if each.get(key) == entry.get(key)]
            other = next((each for each in rivals if each != entry), None)
            if other is not None:
                raise Conflict(_text(preset, field, keys, (entry, other), place))
            if not rivals:
                known.append(objects.copy(entry))
    if known:
        owner[field] = known


def _text(preset: Object, field: str, keys: Sequence[str], pair: tuple[Object, Object], place: str) -> str:
    entry, other = pair
    key = next(each for each in keys if entry.get(each) == other.get(each))
    shown = {"env": "env", "volumes": "volumes", "volumeMounts": "volume mounts"}[field]
    what = f"mount path {entry[key]}" if key == "mountPath" else entry[key]
    return (
        f"merging {shown} for {preset['metadata']['name']} has a conflict on {what}: {json.dumps(entry)} "
        f"does not match {json.dumps(other)} {place}"
    )
