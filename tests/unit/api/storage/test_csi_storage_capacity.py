"""CSIStorageCapacity."""

from kubewheel.api.storage.csi_storage_capacity import KIND


def test_validate():
    made = {"metadata": {"name": "c"}, "storageClassName": "fast", "capacity": "1Gi", "nodeTopology": {}}
    assert KIND.validate(made) == []
    assert list(KIND.row(made, 0)) == ["c", "fast", "1Gi"]
    assert [fault.field for fault in KIND.validate({"storageClassName": "", "capacity": "-1"})] == [
        "storageClassName", "capacity",
    ]
    assert [fault.field for fault in KIND.validate_update({**made, "storageClassName": "slow"}, made)] == [
        "storageClassName"
    ]
