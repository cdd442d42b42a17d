"""What the kinds of this group share: selectors and templates that belong together, counters in status, warnings."""

from typing import Any

from kubewheel.api import errors, names, selectors
from kubewheel.api.validation import labels, pod_template, pod_warnings
from kubewheel.api.validation.faults import (
    Faults,
    forbidden,
    immutable,
    invalid,
    not_negative,
    required,
    unsupported,
)
from kubewheel.libs.wire import Object

ALWAYS = "Always"
MISMATCH = "`selector` does not match template `labels`"
NO_MORE_THAN_ALL = "cannot be greater than status.replicas"


def part(thing: Object, *path: str) -> Object:
    """Return the mapping at `path`, an empty one where there is none."""
    for name in path:
        thing = thing.get(name) or {}
    return thing


def validate_selector(selector: Object | None, path: str, kind: str) -> Faults:
    """Check a selector that is needed and may not select everything; `kind` is the word in the message."""
    if selector is None:
        return [required(path)]
    faults = labels.validate_label_selector(selector, path)
    if labels.is_empty_selector(selector):
        faults.append(invalid(path, selector, f"empty selector is invalid for {kind}"))
    return faults


def selects_template(selector: Object | None, template: Object) -> bool | None:
    """Return whether a selector selects pods made from `template`; None if the selector cannot be read."""
    try:
        found = selectors.from_object(selector)
    except errors.StatusError:
        return None
    return found.matches(part(template, "metadata").get("labels") or {})


def validate_match(spec: Object, path: str, unreadable: str) -> Faults:
    """Check that a selector selects what the template makes; `unreadable` is the word on one that cannot be read."""
    selector, template = spec.get("selector"), part(spec, "template")
    matches = selects_template(selector, template)
    if matches is None:
        return [invalid(f"{path}.selector", selector, unreadable)]
    if matches or (selector is not None and labels.is_empty_selector(selector)):
        return []
    return [invalid(f"{path}.template.metadata.labels", part(template, "metadata").get("labels"), MISMATCH)]


def validate_lasting(template: Object, path: str, kind: str) -> Faults:
    """Check that pods of a template run for ever."""
    spec = part(template, "spec")
    faults: Faults = []
    if (policy := spec.get("restartPolicy") or "") != ALWAYS:
        faults.append(unsupported(f"{path}.spec.restartPolicy", policy, (ALWAYS,)))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        faults.append(forbidden(f"{path}.spec.activeDeadlineSeconds", detail))
    return faults


def validate_replicated_template(spec: Object, path: str) -> Faults:
    """Check the template of a ReplicaSet, or of a Deployment that makes ReplicaSets."""
    faults = validate_match(spec, path, "invalid label selector")
    template = part(spec, "template")
    faults += pod_template.validate_pod_template_spec(template, f"{path}.template")
    return faults + validate_lasting(template, f"{path}.template", "ReplicaSet")


def validate_selector_update(new: Object, old: Object) -> Faults:
    """Check that a selector stays what it is."""
    return immutable("spec.selector", part(new, "spec").get("selector"), part(old, "spec").get("selector"))


def validate_counters(status: Object, names_: tuple[str, ...]) -> Faults:
    """Check that the numbers `names_` of a status are not negative."""
    return not_negative(status, "status", *names_)


def validate_no_more(status: Object, names_: tuple[str, ...]) -> Faults:
    """Check that no more replicas are in some state than there are."""
    total = status.get("replicas") or 0
    return [
        invalid(f"status.{name}", status.get(name) or 0, NO_MORE_THAN_ALL)
        for name in names_ if (status.get(name) or 0) > total
    ]


def validate_available(status: Object, than: str = "readyReplicas") -> Faults:
    """Check that no more replicas are available than ready."""
    available = status.get("availableReplicas") or 0
    if available <= (status.get("readyReplicas") or 0):
        return []
    return [invalid("status.availableReplicas", available, f"cannot be greater than {than}")]


def validate_collisions(new: Object, old: Object) -> Faults:
    """Check that the count of hash collisions never falls."""
    now, before = part(new, "status").get("collisionCount") or 0, part(old, "status").get("collisionCount")
    if before is None or now >= before:
        return []
    return [invalid("status.collisionCount", now, "cannot be decremented")]


def name_warnings(thing: Object) -> list[str]:
    """Warn of a name that pods cannot take over as their host name."""
    faults = names.dns_label(str(part(thing, "metadata").get("name") or ""))
    if not faults:
        return []
    return [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
        f"a DNS label is recommended: [{' '.join(faults)}]"
    ]


def template_warnings(thing: Object) -> list[str]:
    """Return the warnings about the pods of a workload."""
    template = part(thing, "spec", "template")
    return pod_warnings.pod_warnings(part(template, "metadata"), part(template, "spec"), "spec.template")


def count(part_: Object, name: str) -> Any:
    """Return a number that may be absent."""
    return part_.get(name) or 0
