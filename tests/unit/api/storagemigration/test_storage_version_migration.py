"""StorageVersionMigration."""

from kubewheel.api.storagemigration.storage_version_migration import KIND


def test_validate():
    made = {"spec": {"resource": {"group": "apps", "resource": "deployments"}}}
    assert KIND.validate(made) == []
    assert [fault.field for fault in KIND.validate({})] == ["spec.resource.resource"]
    assert [fault.field for fault in KIND.validate_update({"spec": {}}, made)] == ["spec"]
