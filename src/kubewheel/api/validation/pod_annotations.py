"""Annotations of pods that mean something: mirror pods, old seccomp and AppArmor profiles, deletion cost."""

import re
from collections.abc import Mapping

from kubewheel.api.validation import paths
from kubewheel.api.validation.faults import Faults, forbidden, invalid
from kubewheel.api.validation.windows import all_containers
from kubewheel.libs.wire import Object

MIRROR = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_is_cost = re.compile(r"0|-?[1-9][0-9]*").fullmatch

# What an old annotation says for a type of profile, and before which word the name of a local profile stands.
_SECCOMP_WORDS = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default", "docker/default")}
_APPARMOR_WORDS = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default",)}
LOCAL = "localhost/"


def _validate_seccomp_name(name: str, path: str) -> Faults:
    if name in ("runtime/default", "docker/default", "unconfined"):
        return []
    if name.startswith(LOCAL):
        return paths.validate_descending(name.removeprefix(LOCAL), path)
    return [invalid(path, name, "must be a valid seccomp profile")]


def _validate_apparmor(annotations: Object, spec: Object, path: str) -> Faults:
    faults: Faults = []
    known = {container.get("name") for container, _ in all_containers(spec, "")}
    for key, profile in annotations.items():
        if not key.startswith(APPARMOR):
            continue
        container = key.removeprefix(APPARMOR)
        if container not in known:
            faults.append(invalid(f"{path}[{key}]", container, "container not found"))
        if profile not in ("", "runtime/default", "unconfined") and not profile.startswith(LOCAL):
            faults.append(invalid(f"{path}[{key}]", profile, f'invalid AppArmor profile name: "{profile}"'))
    return faults


def validate_pod_annotations(annotations: Object | None, spec: Object, path: str) -> Faults:
    """Check annotations that the node agent and controllers read."""
    faults: Faults = []
    if not annotations:
        return faults
    if MIRROR in annotations and not spec.get("nodeName"):
        detail = "must set spec.nodeName if mirror pod annotation is set"
        faults.append(invalid(f"{path}[{MIRROR}]", annotations[MIRROR], detail))
    cost = annotations.get(DELETION_COST, "0")
    if not _is_cost(cost) or not -(2**31) <= int(cost) < 2**31:
        faults.append(invalid(f"{path}[{DELETION_COST}]", cost, "must be a 32bit integer"))
    for key, value in annotations.items():
        if key == SECCOMP_POD or key.startswith(SECCOMP_CONTAINER):
            faults += _validate_seccomp_name(value, f"{path}.{key}")
    return faults + _validate_apparmor(annotations, spec, path)


def validate_annotation_update(new: Object | None, old: Object | None, path: str) -> Faults:
    """Check that annotations which took effect when the pod started are as they were."""
    faults: Faults = []
    after, before = new or {}, old or {}
    for key in before:
        if after.get(key) == before[key]:
            continue
        if key.startswith(APPARMOR):
            faults.append(forbidden(f"{path}[{key}]", "may not remove or update AppArmor annotations"))
        if key == MIRROR:
            faults.append(forbidden(f"{path}[{key}]", "may not remove or update mirror pod annotation"))
    for key in after:
        if key not in before and key.startswith(APPARMOR):
            faults.append(forbidden(f"{path}[{key}]", "may not add AppArmor annotations"))
        if key not in before and key == MIRROR:
            faults.append(forbidden(f"{path}[{key}]", "may not add mirror pod annotation"))
    return faults


def _match(
    annotation: str | None, profile: Object | None, words: Mapping[str, tuple[str, ...]], path: str, noun: str
) -> Faults:
    if annotation is None or profile is None:
        return []
    kind = profile.get("type") or ""
    mismatch = [forbidden(f"{path}.type", f"{noun} type in annotation and field must match")]
    if kind in words:
        return [] if annotation in words[kind] else mismatch
    if kind != "Localhost":
        return []
    if not annotation.startswith(LOCAL):
        return mismatch
    if annotation.removeprefix(LOCAL) == profile.get("localhostProfile"):
        return []
    return [forbidden(f"{path}.localhostProfile", f"{noun} profile in annotation and field must match")]


def validate_profiles_match(annotations: Object | None, spec: Object, path: str) -> Faults:
    """Check that profiles which are given both ways, by field and by annotation, agree."""
    if not annotations:
        return []
    own = spec.get("securityContext") or {}
    faults = _match(
        annotations.get(SECCOMP_POD), own.get("seccompProfile"), _SECCOMP_WORDS,
        f"{path}.securityContext.seccompProfile", "seccomp",
    )
    containers = [(each, here, each.get("securityContext") or {}) for each, here in all_containers(spec, path)]
    for container, here, context in containers:
        annotation = annotations.get(f"{SECCOMP_CONTAINER}{container.get('name')}")
        place = f"{here}.securityContext.seccompProfile"
        faults += _match(annotation, context.get("seccompProfile"), _SECCOMP_WORDS, place, "seccomp")
    if (spec.get("os") or {}).get("name") == "windows":
        return faults
    for container, here, context in containers:
        annotation = annotations.get(f"{APPARMOR}{container.get('name')}")
        profile = context.get("appArmorProfile") or own.get("appArmorProfile")
        faults += _match(
            annotation, profile, _APPARMOR_WORDS, f"{here}.securityContext.appArmorProfile", "apparmor"
        )
    return faults
