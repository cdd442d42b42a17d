"""Metadata of objects: what the server fills in, what it keeps on updates, and what it refuses."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.errors import FieldError
from kubewheel.api.resources import split_group_version
from kubewheel.libs import clock
from kubewheel.libs.wire import Object

ANNOTATIONS_LIMIT = 256 * 1024
ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
IMMUTABLE = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink")
DECIDED = (*KEPT, "resourceVersion")


def tidy(metadata: dict[str, Any]) -> None:
    """Drop fields that say nothing: null, empty texts, lists and maps."""
    for name in [name for name, value in metadata.items() if value is None or value in ("", [], {})]:
        del metadata[name]


def generated_name(base: str, source: random.Random) -> str:
    """Return a name made from a generateName."""
    return names.generate(base, source.choice)


def new_uid(source: random.Random) -> str:
    """Return a random uid: a UUID of version 4, of which every request has one or two."""
    digits = f"{source.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def clear(obj: dict[str, Any]) -> None:
    """Take out of a new object what only the server decides."""
    metadata = obj.setdefault("metadata", {})
    tidy(metadata)
    for name in DECIDED:
        metadata.pop(name, None)


def fill(obj: dict[str, Any], *, namespace: str, now: float, source: random.Random) -> None:
    """Set what the server decides for a new object: namespace, generated name, uid and time of creation."""
    clear(obj)
    metadata = obj["metadata"]
    if namespace:
        metadata["namespace"] = namespace
    if metadata.get("generateName") and not metadata.get("name"):
        metadata["name"] = generated_name(metadata["generateName"], source)
    metadata["uid"] = new_uid(source)
    metadata["creationTimestamp"] = clock.rfc3339(now)


def carry_over(new: dict[str, Any], old: Object) -> None:
    """Set what an update cannot change; a uid that differs is left for `validate_update` to refuse."""
    metadata, stored = new.setdefault("metadata", {}), old["metadata"]
    tidy(metadata)
    if not metadata.get("uid"):
        metadata["uid"] = stored["uid"]
    for name in KEPT[1:]:
        if name in stored:
            metadata[name] = stored[name]
        else:
            metadata.pop(name, None)


def is_spec_changed(new: Object, old: Object) -> bool:
    """Return whether anything but metadata and status differs: what metadata.generation counts."""
    ignored = ("metadata", "status", "apiVersion", "kind")
    return any(new.get(name) != old.get(name) for name in {*new, *old} if name not in ignored)


def validate(
    obj: Object, *, namespaced: bool, validate_name: Callable[[str], Sequence[str]] | None = None,
) -> list[FieldError]:
    """Return the faults in the metadata of a new object."""
    metadata: Mapping[str, Any] = obj.get("metadata") or {}
    check = validate_name or names.dns_subdomain
    faults = []
    if prefix := metadata.get("generateName"):
        faults += _invalid("metadata.generateName", prefix, check(names.as_prefix(prefix)))
    if name := metadata.get("name"):
        faults += _invalid("metadata.name", name, check(name))
    else:
        faults.append(FieldError("metadata.name", "Required value", "", "name or generateName is required"))
    return faults + _validate_namespace(metadata.get("namespace", ""), namespaced) + _validate_common(metadata)


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Return the faults in the metadata of an updated object."""
    metadata, stored = new["metadata"], old["metadata"]
    faults = []
    if stored.get("deletionTimestamp"):
        added = sorted(set(metadata.get("finalizers") or ()) - set(stored.get("finalizers") or ()))
        if added:
            listed = ", ".join(f'"{name}"' for name in added)
            detail = (
                "no new finalizers can be added if the object is being deleted, found new finalizers "
                f"[]string{{{listed}}}"
            )
            faults.append(FieldError("metadata.finalizers", "Forbidden", None, detail))
    for name in IMMUTABLE:
        if metadata.get(name) != stored.get(name):
            faults.append(FieldError(f"metadata.{name}", "Invalid value", metadata.get(name), "field is immutable"))
    return faults + _validate_common(metadata)


def _invalid(field: str, value: Any, messages: Sequence[str]) -> list[FieldError]:
    return [FieldError(field, "Invalid value", value, message) for message in messages]


def _validate_namespace(namespace: str, namespaced: bool) -> list[FieldError]:
    field = "metadata.namespace"
    if not namespaced:
        return [FieldError(field, "Forbidden", None, "not allowed on this type")] if namespace else []
    if not namespace:
        return [FieldError(field, "Required value")]
    return _invalid(field, namespace, names.dns_label(namespace))


def _validate_common(metadata: Mapping[str, Any]) -> list[FieldError]:
    return [
        *validate_labels(metadata.get("labels"), "metadata.labels"),
        *validate_annotations(metadata.get("annotations"), "metadata.annotations"),
        *_validate_owners(metadata.get("ownerReferences") or ()),
        *_validate_finalizers(metadata.get("finalizers") or ()),
    ]


def validate_labels(labels: Mapping[str, str] | None, field: str) -> list[FieldError]:
    """Return the faults in a map of labels."""
    faults = []
    for key, value in (labels or {}).items():
        faults += _invalid(field, key, names.qualified_name(key))
        faults += _invalid(field, value, names.label_value(value))
    return faults


def validate_annotations(annotations: Mapping[str, str] | None, field: str) -> list[FieldError]:
    """Return the faults in a map of annotations."""
    faults, size = [], 0
    for key, value in (annotations or {}).items():
        # The rule for keys of annotations ignores case.
        faults += _invalid(field, key, names.qualified_name(key.lower()))
        size += len(key.encode()) + len(value.encode())
    if size > ANNOTATIONS_LIMIT:
        faults.append(FieldError(field, "Too long", None, f"may not be more than {ANNOTATIONS_LIMIT} bytes"))
    return faults


def _validate_owners(owners: Sequence[Object]) -> list[FieldError]:
    field = "metadata.ownerReferences"
    faults, controller = [], ""
    for owner in owners:
        faults += _validate_owner(owner, field)
        if not owner.get("controller"):
            continue
        name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
        if controller:
            detail = (
                'Only one reference can have Controller set to true. Found "true" in references for '
                f"{controller} and {name}"
            )
            faults.append(FieldError(field, "Invalid value", list(owners), detail))
        controller = controller or name
    return faults


def _validate_owner(owner: Object, field: str) -> list[FieldError]:
    faults = []
    group, version = split_group_version(owner.get("apiVersion", ""))
    if not version:
        faults += _invalid(f"{field}.apiVersion", owner.get("apiVersion", ""), ["version must not be empty"])
    for name in ("kind", "name", "uid"):
        if not owner.get(name):
            faults += _invalid(f"{field}.{name}", "", ["must not be empty"])
    if (group, version, owner.get("kind")) == ("", "v1", "Event"):
        faults += _invalid(field, dict(owner), ["/v1, Kind=Event is disallowed from being an owner"])
    return faults


def _validate_finalizers(finalizers: Sequence[str]) -> list[FieldError]:
    field = "metadata.finalizers"
    faults = []
    for finalizer in finalizers:
        faults += _invalid(field, finalizer, names.qualified_name(finalizer))
    if ORPHAN in finalizers and FOREGROUND in finalizers:
        detail = f"finalizer {ORPHAN} and {FOREGROUND} cannot be both set"
        faults += _invalid(field, list(finalizers), [detail])
    return faults
