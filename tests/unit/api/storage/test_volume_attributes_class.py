"""VolumeAttributesClass."""

from kubewheel.api.storage.volume_attributes_class import KIND


def test_validate():
    made = {"metadata": {"name": "gold"}, "driverName": "disk.example.com", "parameters": {"iops": "5"}}
    assert KIND.validate(made) == []
    assert list(KIND.row(made, 0)) == ["gold", "disk.example.com", "<unknown>"]
    assert [str(fault) for fault in KIND.validate({})] == [
        "driverName: Required value", "parameters: Required value: must contain at least one key/value pair",
    ]
    found = KIND.validate_update({**made, "parameters": {"iops": "6"}}, made)
    assert [fault.field for fault in found] == ["parameters"]
