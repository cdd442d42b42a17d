"""StorageVersionMigration: writes objects anew, in the version that is stored now."""

from kubewheel.api.defaults.fields import begin_with
from kubewheel.api.kinds import Kind, keep_status
from kubewheel.api.validation import conditions
from kubewheel.api.validation.faults import Faults, immutable, required
from kubewheel.libs.wire import Object


def validate(migration: Object) -> Faults:
    """Return the faults of a StorageVersionMigration."""
    resource = (migration.get("spec") or {}).get("resource") or {}
    return [] if resource.get("resource") else [required("spec.resource.resource", "resource is required")]


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a migration goes on with what it began."""
    return immutable("spec", new.get("spec"), old.get("spec"))


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return conditions.validate_conditions((new.get("status") or {}).get("conditions"), "status.conditions")


KIND = Kind(
    "storagemigration.k8s.io", "StorageVersionMigration", prepare_create=begin_with(), prepare_update=keep_status,
    validate=validate, validate_update=validate_update, validate_status=validate_status, has_generation=True,
)
