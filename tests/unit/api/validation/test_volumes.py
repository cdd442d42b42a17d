"""Volumes of pods."""

import pytest

from kubewheel.api.validation import volumes

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def validate(*listed, pod_name="pod", is_pod=True):
    _, faults = volumes.validate_volumes(listed, "v", pod_name=pod_name, is_pod=is_pod)
    return [str(fault) for fault in faults]


@pytest.mark.parametrize(("volume", "expected"), [
    pytest.param({"name": "a", "emptyDir": {}}, [], id="empty-dir"),
    pytest.param({"name": "a", "hostPath": {"path": "/a", "type": "Directory"}}, [], id="host-path"),
    pytest.param({"name": "a", "persistentVolumeClaim": {"claimName": "c"}}, [], id="claim"),
    pytest.param({"name": "a", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}, [], id="ephemeral"),
    pytest.param({"name": "a", "image": {"reference": "r", "pullPolicy": "Always"}}, [], id="image"),
    pytest.param({"emptyDir": {}}, ["v[0].name: Required value"], id="no-name"),
    pytest.param({"name": "a"}, ["v[0]: Required value: must specify a volume type"], id="no-type"),
    pytest.param(
        {"name": "a", "emptyDir": {}, "hostPath": {"path": "/"}},
        ["v[0].hostPath: Forbidden: may not specify more than 1 volume type"], id="two-types",
    ),
    pytest.param(
        {"name": "a", "emptyDir": {"sizeLimit": "-1"}},
        ["v[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"], id="size",
    ),
    pytest.param({"name": "a", "hostPath": {}}, ["v[0].hostPath.path: Required value"], id="no-path"),
    pytest.param(
        {"name": "a", "hostPath": {"path": "/a", "type": "Dir"}},
        [
            'v[0].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", '
            '"Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"'
        ],
        id="host-path-type",
    ),
    pytest.param(
        {"name": "a", "persistentVolumeClaim": {}}, ["v[0].persistentVolumeClaim.claimName: Required value"],
        id="no-claim",
    ),
    pytest.param({"name": "a", "rbd": {}}, ["v[0].rbd.monitors: Required value", "v[0].rbd.image: Required value"],
                 id="rbd"),
    pytest.param({"name": "a", "ephemeral": {}}, ["v[0].ephemeral.volumeClaimTemplate: Required value"],
                 id="no-template"),
    pytest.param(
        {"name": "a", "ephemeral": {"volumeClaimTemplate": {"metadata": {"name": "x"}, "spec": CLAIM}}},
        ["v[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set"], id="template-name",
    ),
    pytest.param({"name": "a", "image": {"pullPolicy": "Always"}}, ["v[0].image.reference: Required value"],
                 id="no-image"),
    pytest.param(
        {"name": "a", "iscsi": {
            "targetPortal": "p" * 63, "iqn": "iqn.2015-02.example.com:t", "initiatorName": "iqn.2015-02.example.com:i",
        }},
        [f'v[0].name: Invalid value: "a": {volumes.ISCSI_NAME_TOO_LONG}'], id="iscsi-names",
    ),
])
def test_volume(volume, expected):
    assert validate(volume) == expected


def test_names():
    assert validate({"name": "a", "emptyDir": {}}, {"name": "a", "emptyDir": {}}) == [
        'v[1].name: Duplicate value: "a"'
    ]
    [text] = validate({"name": "A_", "emptyDir": {}})
    assert text.startswith('v[0].name: Invalid value: "A_": a lowercase RFC 1123 label must consist of')


def test_good_ones_are_returned():
    good, faults = volumes.validate_volumes([{"name": "a", "emptyDir": {}}, {"name": "b"}], "v")
    assert list(good) == ["a"]
    assert len(faults) == 1


def test_claims_that_the_pod_makes_are_not_for_use():
    made = {"name": "a", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}
    assert validate(made, {"name": "b", "persistentVolumeClaim": {"claimName": "pod-a"}}) == [
        'v[1].persistentVolumeClaim.claimName: Invalid value: "pod-a": must not reference a PVC that gets created for '
        "an ephemeral volume"
    ]


def test_image_may_come_later_in_templates():
    assert validate({"name": "a", "image": {"pullPolicy": "Always"}}, is_pod=False) == []


def test_every_type_of_the_schema_is_known():
    assert len(volumes.TYPES) == 30
