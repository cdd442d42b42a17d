"""Mounts."""

import pytest

from kubewheel.api.validation import mounts

VOLUMES = {
    "a": {"name": "a", "emptyDir": {}}, "b": {"name": "b", "persistentVolumeClaim": {"claimName": "c"}},
    "i": {"name": "i", "image": {}},
}


@pytest.mark.parametrize(("mount", "expected"), [
    pytest.param({"name": "a", "mountPath": "/a", "subPath": "b/c"}, [], id="fine"),
    pytest.param({"mountPath": "/a"}, ["[0].name: Required value", '[0].name: Not found: ""'], id="no-name"),
    pytest.param({"name": "x", "mountPath": "/a"}, ['[0].name: Not found: "x"'], id="unknown"),
    pytest.param({"name": "a"}, ["[0].mountPath: Required value"], id="no-path"),
    pytest.param(
        {"name": "a", "mountPath": "/a", "subPath": "../b"},
        ['.subPath: Invalid value: "../b": must not contain \'..\''], id="sub-path",
    ),
    pytest.param(
        {"name": "a", "mountPath": "/a", "subPath": "b", "subPathExpr": "c"},
        ['[0].subPathExpr: Invalid value: "c": subPathExpr and subPath are mutually exclusive'], id="sub-paths",
    ),
    pytest.param(
        {"name": "i", "mountPath": "/a", "subPathExpr": "c"},
        ['[0].subPathExpr: Invalid value: "c": not allowed in image volume sources'], id="in-image",
    ),
    pytest.param(
        {"name": "a", "mountPath": "/a", "mountPropagation": "Bidirectional"},
        [
            ".mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers"
        ],
        id="propagation",
    ),
    pytest.param(
        {"name": "a", "mountPath": "/a", "mountPropagation": "x"},
        [
            '.mountPropagation: Unsupported value: "x": supported values: "Bidirectional", "HostToContainer", "None"'
        ],
        id="propagation-name",
    ),
    pytest.param(
        {"name": "a", "mountPath": "/a", "recursiveReadOnly": "Enabled"},
        [".recursiveReadOnly: Forbidden: may only be specified when readOnly is true"], id="recursive",
    ),
    pytest.param(
        {"name": "a", "mountPath": "/a", "recursiveReadOnly": "x"},
        ['.recursiveReadOnly: Unsupported value: "x": supported values: "Disabled", "Enabled", "IfPossible"'],
        id="recursive-name",
    ),
])
def test_mount(mount, expected):
    found = mounts.validate_mounts({"volumeMounts": [mount]}, "p", VOLUMES)
    assert [str(fault) for fault in found] == [f"p.volumeMounts{text}" for text in expected]


def test_paths_are_unique():
    container = {"volumeMounts": [{"name": "a", "mountPath": "/x"}, {"name": "b", "mountPath": "/x"}]}
    assert [str(fault) for fault in mounts.validate_mounts(container, "p", VOLUMES)] == [
        'p.volumeMounts[1].mountPath: Invalid value: "/x": must be unique'
    ]


@pytest.mark.parametrize(("devices", "expected"), [
    pytest.param([{"name": "b", "devicePath": "/dev/b"}], [], id="fine"),
    pytest.param(
        [{"name": "a", "devicePath": "/dev/a"}],
        [
            '[0].name: Invalid value: "a": can only use volume source type of PersistentVolumeClaim or Ephemeral for '
            "block mode"
        ],
        id="no-claim",
    ),
    pytest.param([{"name": "b"}], ["[0].devicePath: Required value"], id="no-path"),
    pytest.param(
        [{"name": "b", "devicePath": "/dev/../b"}],
        ['[0].devicePath: Invalid value: "/dev/../b": can not contain backsteps (\'..\')'], id="backstep",
    ),
    pytest.param(
        [{"name": "b", "devicePath": "/dev/b"}] * 2,
        [
            '[1].name: Invalid value: "b": must be unique', '[1].devicePath: Invalid value: "/dev/b": must be unique',
        ],
        id="twice",
    ),
])
def test_devices(devices, expected):
    found = mounts.validate_mounts({"volumeDevices": devices}, "p", VOLUMES)
    assert [str(fault) for fault in found] == [f"p.volumeDevices{text}" for text in expected]


def test_mounted_or_device():
    container = {
        "volumeMounts": [{"name": "b", "mountPath": "/x"}], "volumeDevices": [{"name": "b", "devicePath": "/x"}],
    }
    assert [fault.detail for fault in mounts.validate_mounts(container, "p", VOLUMES)] == [
        "must not already exist in volumeDevices", "must not already exist as a path in volumeDevices",
        "must not already exist in volumeMounts", "must not already exist as a path in volumeMounts",
    ]
