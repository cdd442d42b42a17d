"""StorageClass."""

import pytest

from kubewheel.api.storage.storage_class import KIND


def created(**fields):
    made = {"metadata": {"name": "fast"}, "provisioner": "example.com/disk", **fields}
    KIND.default(made)
    return made


def terms(*listed):
    return [{"matchLabelExpressions": [{"key": key, "values": values} for key, values in term]} for term in listed]


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created(), [], id="good"),
    pytest.param(created(provisioner=""), ["provisioner: Required value"], id="no-provisioner"),
    pytest.param(
        created(reclaimPolicy="Recycle"),
        ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'], id="policy",
    ),
    pytest.param(
        created(volumeBindingMode="Later"),
        ['volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"'],
        id="mode",
    ),
    pytest.param(
        created(parameters={"": "x"}), ['parameters: Invalid value: "": field can not be empty.'], id="parameters",
    ),
    pytest.param(created(allowedTopologies=terms([("zone", ["a"])], [("zone", ["b"])])), [], id="topologies"),
    pytest.param(
        created(allowedTopologies=terms([("zone", ["a", "b"])], [("zone", ["b", "a"])])),
        ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'], id="same-topologies",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_update():
    new = created(provisioner="other", parameters={"a": "b"}, reclaimPolicy="Retain", volumeBindingMode="x")
    assert [str(fault) for fault in KIND.validate_update(new, created())] == [
        "parameters: Forbidden: updates to parameters are forbidden.",
        "provisioner: Forbidden: updates to provisioner are forbidden.",
        "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
        'volumeBindingMode: Invalid value: "x": field is immutable',
    ]
    assert KIND.validate_update(created(allowVolumeExpansion=True), created(parameters={})) == []


def test_row():
    made = created()
    assert list(KIND.row(made, 0)) == ["fast", "example.com/disk", "Delete", "Immediate", False, "<unknown>"]
    made["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    assert KIND.row(made, 0)[0] == "fast (default)"
