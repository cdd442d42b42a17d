"""Defaults of volumes."""

import pytest

from kubewheel.api.defaults.volumes import default_volume


@pytest.mark.parametrize(("given", "expected"), [
    pytest.param({}, {"emptyDir": {}}, id="no-type"),
    pytest.param({"emptyDir": {"sizeLimit": "1024Mi"}}, {"emptyDir": {"sizeLimit": "1Gi"}}, id="empty-dir"),
    pytest.param({"secret": {"secretName": "s"}}, {"secret": {"secretName": "s", "defaultMode": 420}}, id="secret"),
    pytest.param(
        {"configMap": {"name": "c", "defaultMode": 0}}, {"configMap": {"name": "c", "defaultMode": 0}}, id="mode-zero",
    ),
    pytest.param({"hostPath": {"path": "/"}}, {"hostPath": {"path": "/", "type": ""}}, id="host-path"),
    pytest.param(
        {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        {"downwardAPI": {
            "defaultMode": 420,
            "items": [{"path": "a", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}],
        }},
        id="downward",
    ),
    pytest.param(
        {"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}, {"podCertificate": {}}]}},
        {"projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}},
            {"podCertificate": {"maxExpirationSeconds": 86400}},
        ]}},
        id="projected",
    ),
    pytest.param(
        {"image": {"reference": "a:1"}}, {"image": {"reference": "a:1", "pullPolicy": "IfNotPresent"}}, id="image",
    ),
    pytest.param({"iscsi": {"lun": 0}}, {"iscsi": {"lun": 0, "iscsiInterface": "default"}}, id="iscsi"),
    pytest.param(
        {"ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
        {"ephemeral": {"volumeClaimTemplate": {"spec": {"volumeMode": "Filesystem", "resources": {}}}}}, id="ephemeral",
    ),
])
def test_volume(given, expected):
    volume = {"name": "v", **given}
    default_volume(volume)
    assert volume == {"name": "v", **expected}
