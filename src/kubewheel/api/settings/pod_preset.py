"""PodPreset: environment, mounts and volumes for all pods of its namespace that have certain labels."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.kinds import AGE, NAME, Kind
from kubewheel.api.validation import env, labels, mounts, volumes
from kubewheel.api.validation.faults import Faults, required
from kubewheel.libs.wire import Object

PARTS = ("volumes", "env", "envFrom", "volumeMounts")


def validate(preset: Object) -> Faults:
    """Return the faults of a PodPreset."""
    spec = preset.get("spec") or {}
    faults: Faults = labels.validate_label_selector(spec.get("selector"), "spec.selector")
    if not any(spec.get(part) for part in PARTS):
        faults.append(required(f"spec.{'.'.join(PARTS)}", "must specify at least one"))
    known, found = volumes.validate_volumes(spec.get("volumes") or [], "spec.volumes")
    faults += found
    faults += env.validate_env(spec.get("env") or [], "spec.env")
    faults += env.validate_env_from(spec.get("envFrom") or [], "spec.envFrom")
    return faults + mounts.validate_mounts({"volumeMounts": spec.get("volumeMounts") or []}, "spec", known)


def row(preset: Object, now: float) -> list[Any]:
    """Return the cells of a PodPreset."""
    return [cells.name(preset), cells.age(preset, now)]


KIND = Kind("settings.k8s.io", "PodPreset", validate=validate, row=row, columns=(NAME, AGE))
