"""Volumes outside of the cluster."""

import pytest

from kubewheel.api.validation import remote_volumes as volumes

ISCSI = {"targetPortal": "10.0.0.1", "iqn": "iqn.2015-02.example.com:test", "lun": 0}
CSI = {"driver": "csi.example.com", "volumeHandle": "v"}


@pytest.mark.parametrize(("rule", "source", "expected"), [
    pytest.param(volumes.validate_iscsi, ISCSI, [], id="iscsi"),
    pytest.param(
        volumes.validate_iscsi, {},
        ["p.targetPortal: Required value", "p.iqn: Required value"], id="iscsi-nothing",
    ),
    pytest.param(
        volumes.validate_iscsi, {**ISCSI, "iqn": "x", "lun": 256},
        [
            'p.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
            "p.lun: Invalid value: 256: must be between 0 and 255, inclusive",
        ],
        id="iscsi-name",
    ),
    pytest.param(
        volumes.validate_iscsi, {**ISCSI, "iqn": "eui.1"}, ['p.iqn: Invalid value: "eui.1": must be valid format'],
        id="iscsi-form",
    ),
    pytest.param(
        volumes.validate_iscsi, {**ISCSI, "chapAuthSession": True}, ["p.secretRef: Required value"], id="iscsi-secret",
    ),
    pytest.param(
        volumes.validate_fc, {},
        ["p.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"],
        id="fc-nothing",
    ),
    pytest.param(
        volumes.validate_fc, {"targetWWNs": ["a"]},
        ["p.lun: Required value: lun is required if targetWWNs is specified"], id="fc-lun",
    ),
    pytest.param(volumes.validate_fc, {"wwids": ["a"]}, [], id="fc"),
    pytest.param(
        volumes.validate_aws_disk, {"partition": 256},
        ["p.volumeID: Required value", "p.partition: Invalid value: 256: must be between 1 and 255, inclusive"],
        id="aws",
    ),
    pytest.param(volumes.validate_nfs, {"server": "s", "path": "/a"}, [], id="nfs"),
    pytest.param(
        volumes.validate_nfs, {"server": "s", "path": "a"},
        ['p.path: Invalid value: "a": must be an absolute path'], id="nfs-path",
    ),
    pytest.param(
        volumes.validate_quobyte, {"registry": "a", "volume": "v"},
        ['p.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas'],
        id="quobyte",
    ),
    pytest.param(volumes.validate_glusterfs, {"endpoints": "e"}, ["p.path: Required value"], id="glusterfs"),
    pytest.param(
        volumes.validate_flocker, {"datasetName": "a/b", "datasetUUID": "u"},
        [
            'p: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
            'p.datasetName: Invalid value: "a/b": must not contain \'/\'',
        ],
        id="flocker",
    ),
    pytest.param(
        volumes.validate_cinder, {"volumeID": "v", "secretRef": {}}, ["p.secretRef.name: Required value"], id="cinder",
    ),
    pytest.param(volumes.validate_storageos, {}, ["p.volumeName: Required value"], id="storageos"),
    pytest.param(
        volumes.validate_flex, {"driver": "d", "options": {"a.k8s.io/x": "1"}},
        [
            'p.options[a.k8s.io/x]: Invalid value: "a.k8s.io/x": kubernetes.io and k8s.io namespaces are reserved'
        ],
        id="flex",
    ),
    pytest.param(
        volumes.validate_azure_disk, {"diskName": "a", "diskURI": "b", "kind": "Managed"},
        [
            'p.diskURI: Unsupported value: "b": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/'
            'providers/microsoft.compute/disks/{disk-id}"'
        ],
        id="azure-disk",
    ),
    pytest.param(volumes.validate_azure_file, {"secretName": "a"}, ["p.shareName: Required value"], id="azure-file"),
    pytest.param(
        volumes.validate_git, {"repository": "r", "directory": "/a"},
        ['p.directory: Invalid value: "/a": must be a relative path'], id="git",
    ),
    pytest.param(volumes.validate_inline_csi, {"driver": "CSI.example.com"}, [], id="csi-case"),
    pytest.param(
        volumes.validate_inline_csi, {"driver": "a" * 64, "nodePublishSecretRef": {}},
        ["p.driver: Too long: may not be more than 63 bytes", "p.nodePublishSecretRef.name: Required value"],
        id="csi-driver",
    ),
    pytest.param(volumes.validate_persistent_csi, CSI, [], id="csi"),
    pytest.param(
        volumes.validate_persistent_csi, {**CSI, "nodePublishSecretRef": {"name": "a"}},
        ["p.nodePublishSecretRef.namespace: Required value"], id="csi-secret",
    ),
])
def test_sources(rule, source, expected):
    assert [str(fault) for fault in rule(source, "p")] == expected


def test_disks_of_google_are_reported_under_another_name():
    [fault] = volumes.validate_gce_disk({}, "spec.volumes[0].gcePersistentDisk")
    assert fault.field == "spec.volumes[0].persistentDisk.pdName"


def test_persistent_forms_know_namespaces():
    found = [
        *volumes.validate_cinder({"volumeID": "v", "secretRef": {"name": "a"}}, "p", persistent=True),
        *volumes.validate_azure_file(
            {"secretName": "a", "shareName": "b", "secretNamespace": ""}, "p", persistent=True
        ),
        *volumes.validate_glusterfs({"endpoints": "a", "path": "b", "endpointsNamespace": "A"}, "p", persistent=True),
        *volumes.validate_iscsi({**ISCSI, "iqn": "x", "secretRef": {}}, "p", persistent=True),
    ]
    assert [fault.field for fault in found] == [
        "p.secretRef.namespace", "p.secretNamespace", "p.endpointsNamespace", "p.iqn", "p.secretRef.name",
    ]
