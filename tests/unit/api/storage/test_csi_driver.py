"""CSIDriver."""

import pytest

from kubewheel.api.storage.csi_driver import KIND


def created(name="disk.example.com", **spec):
    made = {"metadata": {"name": name}, "spec": spec}
    KIND.default(made)
    return made


def test_defaults():
    assert created()["spec"] == {
        "attachRequired": True, "podInfoOnMount": False, "storageCapacity": False,
        "fsGroupPolicy": "ReadWriteOnceWithFSType", "requiresRepublish": False, "seLinuxMount": False,
        "volumeLifecycleModes": ["Persistent"],
    }


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="good"),
    pytest.param(
        {"fsGroupPolicy": "Some"},
        ['spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"'],
        id="policy",
    ),
    pytest.param(
        {"volumeLifecycleModes": ["Eternal"]},
        ['spec.volumeLifecycleModes[0]: Unsupported value: "Eternal": supported values: "Ephemeral", "Persistent"'],
        id="lifecycle",
    ),
    pytest.param(
        {"tokenRequests": [{"audience": "a", "expirationSeconds": 5}, {"audience": "a"}]},
        [
            "spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 "
            "minutes",
            'spec.tokenRequests[1].audience: Duplicate value: "a"',
        ],
        id="tokens",
    ),
    pytest.param(
        {"nodeAllocatableUpdatePeriodSeconds": 9},
        [
            "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds"
        ],
        id="period",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def test_update():
    found = KIND.validate_update(created(attachRequired=False, podInfoOnMount=True), created())
    assert [fault.field for fault in found] == ["spec.attachRequired"]


def test_row():
    made = created(tokenRequests=[{"audience": "a"}, {"audience": "b"}])
    assert list(KIND.row(made, 0)) == [
        "disk.example.com", True, False, False, "a,b", False, "Persistent", "<unknown>",
    ]
    assert list(KIND.row(created(), 0))[4] == "<unset>"
