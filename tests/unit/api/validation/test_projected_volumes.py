"""Volumes made of API objects."""

import pytest

from kubewheel.api.validation import projected_volumes

ITEM = {"key": "a", "path": "b"}


@pytest.mark.parametrize(("source", "expected"), [
    pytest.param({"secretName": "s", "defaultMode": 420, "items": [ITEM]}, [], id="fine"),
    pytest.param({}, ["p.secretName: Required value"], id="no-name"),
    pytest.param(
        {"secretName": "s", "defaultMode": 512},
        ["p.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"], id="mode",
    ),
    pytest.param(
        {"secretName": "s", "items": [{}]}, ["p.items[0].key: Required value", "p.items[0].path: Required value"],
        id="empty-item",
    ),
    pytest.param(
        {"secretName": "s", "items": [{"key": "a", "path": "../b"}]},
        ['p.items[0].path: Invalid value: "../b": must not contain \'..\''], id="backstep",
    ),
])
def test_secret(source, expected):
    assert [str(fault) for fault in projected_volumes.validate_secret(source, "p")] == expected


def test_config_map():
    assert [str(fault) for fault in projected_volumes.validate_config_map({}, "p")] == ["p.name: Required value"]


@pytest.mark.parametrize(("item", "expected"), [
    pytest.param({"path": "a", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels"}}, [], id="field"),
    pytest.param(
        {"path": "a", "resourceFieldRef": {"containerName": "c", "resource": "limits.cpu"}}, [], id="amount",
    ),
    pytest.param({"path": "a"}, ["p: Required value: one of fieldRef and resourceFieldRef is required"], id="nothing"),
    pytest.param(
        {"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}},
        ["p.resourceFieldRef.containerName: Required value"], id="no-container",
    ),
    pytest.param(
        {"path": "a", "fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
        [
            'p.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", '
            '"metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"'
        ],
        id="not-in-volumes",
    ),
    pytest.param(
        {
            "path": "", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"},
            "resourceFieldRef": {"resource": "limits.cpu"},
        },
        [
            "p.path: Required value",
            'p: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously',
        ],
        id="both",
    ),
])
def test_downward(item, expected):
    assert [str(fault) for fault in projected_volumes.validate_downward({"items": [item]}, "p")] == expected


@pytest.mark.parametrize(("sources", "expected"), [
    pytest.param(
        [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"clusterTrustBundle": {"signerName": "example.com/s", "path": "bundle"}},
            {"podCertificate": {
                "signerName": "example.com/s", "keyType": "ED25519", "credentialBundlePath": "cred",
                "maxExpirationSeconds": 86400,
            }},
        ],
        [], id="fine",
    ),
    pytest.param(
        [{"serviceAccountToken": {"path": "", "expirationSeconds": 60}}],
        [
            "p.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less "
            "than 10 minutes",
            "p.path: Required value",
        ],
        id="token",
    ),
    pytest.param(
        [{"serviceAccountToken": {"path": "t", "expirationSeconds": 2**32 + 1}}],
        [
            "p.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not specify a duration "
            "larger than 2^32 seconds"
        ],
        id="token-for-ever",
    ),
    pytest.param(
        [{"secret": {"name": "a", "items": [ITEM]}}, {"configMap": {"name": "c", "items": [ITEM]}}],
        ['p: Invalid value: "c": conflicting duplicate paths'], id="conflict",
    ),
    pytest.param(
        [{"secret": {"name": "a"}, "configMap": {"name": "a"}}],
        ["p.sources[0]: Forbidden: may not specify more than 1 volume type per source"], id="two-in-one",
    ),
    pytest.param([{"secret": {}}], ["p.sources[0].secret.name: Required value"], id="no-name"),
    pytest.param(
        [{"clusterTrustBundle": {"path": "a"}}],
        ["p.sources[0].clusterTrustBundle: Required value: either name or signerName must be specified"],
        id="bundle-of-nobody",
    ),
    pytest.param(
        [{"clusterTrustBundle": {"name": "example.com:s:a", "path": "a", "labelSelector": {}}}],
        [
            "p.sources[0].clusterTrustBundle.labelSelector: Invalid value: {}: labelSelector must be unset if name is "
            "specified"
        ],
        id="bundle-name-and-selector",
    ),
    pytest.param(
        [{"podCertificate": {"signerName": "example.com/s", "keyType": "RSA2048"}}],
        [
            'p.sources[0].podCertificate.keyType: Unsupported value: "RSA2048": supported values: "RSA3072", '
            '"RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"',
            "p.sources[0].podCertificate: Required value: specify at least one of credentialBundlePath, keyPath, and "
            "certificateChainPath",
        ],
        id="certificate",
    ),
])
def test_projected(sources, expected):
    assert [str(fault) for fault in projected_volumes.validate_projected({"sources": sources}, "p")] == expected
