"""The spec of a PersistentVolume."""

import pytest

from kubewheel.api.validation import persistent_volumes

GOOD = {
    "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"},
    "persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem",
}
AFFINITY = {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({}, [], id="fine"),
    pytest.param({"accessModes": []}, ["p.accessModes: Required value"], id="modes"),
    pytest.param(
        {"capacity": {}},
        [
            "p.capacity: Required value", 'p.capacity: Unsupported value: {}: supported values: "storage"',
        ],
        id="no-capacity",
    ),
    pytest.param(
        {"capacity": {"storage": "0"}}, ['p.capacity[storage]: Invalid value: "0": must be greater than zero'],
        id="capacity",
    ),
    pytest.param(
        {"persistentVolumeReclaimPolicy": "x"},
        [
            'p.persistentVolumeReclaimPolicy: Unsupported value: "x": supported values: "Delete", "Recycle", "Retain"'
        ],
        id="policy",
    ),
    pytest.param({"hostPath": None}, ["p: Required value: must specify a volume type"], id="no-type"),
    pytest.param(
        {"nfs": {"server": "s", "path": "/"}}, ["p.nfs: Forbidden: may not specify more than 1 volume type"], id="two",
    ),
    pytest.param({"hostPath": None, "local": {"path": "/a"}, "nodeAffinity": AFFINITY}, [], id="local"),
    pytest.param(
        {"hostPath": None, "local": {"path": "/a"}},
        ["p.nodeAffinity: Required value: Local volume requires node affinity"], id="local-anywhere",
    ),
    pytest.param(
        {"nodeAffinity": {}}, ["p.nodeAffinity.required: Required value: must specify required node constraints"],
        id="affinity",
    ),
    pytest.param(
        {"hostPath": {"path": "/."}, "persistentVolumeReclaimPolicy": "Recycle"},
        ["p.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"], id="recycle",
    ),
    pytest.param(
        {"volumeAttributesClassName": ""},
        [
            "p.volumeAttributesClassName: Required value: an empty string is disallowed",
            "p.csi: Required value: has to be specified when using volumeAttributesClassName",
        ],
        id="attributes-class",
    ),
])
def test_spec(change, expected):
    found = persistent_volumes.validate_volume_spec({**GOOD, **change}, "pv", "p")
    assert [str(fault) for fault in found] == expected
