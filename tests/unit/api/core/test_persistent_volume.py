"""PersistentVolume."""

import copy

import pytest

from kubewheel.api.core.persistent_volume import CLASS_ANNOTATION, KIND


def created(**spec):
    obj = {"metadata": {"name": "v", "creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {
        "capacity": {"storage": "1024Mi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"},
        **copy.deepcopy(spec),
    }}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def affinity(key):
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": key, "operator": "Exists"}]}]}}


def csi(**more):
    return {"hostPath": None, "csi": {"driver": "d.example.com", "volumeHandle": "h", **more}}


def test_create():
    obj = created()
    assert obj["status"] == {"phase": "Pending", "lastPhaseTransitionTime": "2026-01-01T00:00:00Z"}
    assert obj["spec"] == {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data", "type": ""},
        "persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem",
    }
    assert KIND.validate(obj) == KIND.warnings(obj) == []


@pytest.mark.parametrize(("new", "old", "fields"), [
    pytest.param({"capacity": {"storage": "2Gi"}}, {}, [], id="capacity"),
    pytest.param({"hostPath": {"path": "/other"}}, {}, ["spec.persistentvolumesource"], id="source"),
    pytest.param({"volumeMode": "Block"}, {}, ["volumeMode"], id="mode"),
    pytest.param({"nodeAffinity": affinity("a")}, {}, [], id="affinity-set"),
    pytest.param({"nodeAffinity": affinity("b")}, {"nodeAffinity": affinity("a")}, ["nodeAffinity"], id="affinity"),
    pytest.param(
        {"nodeAffinity": affinity("topology.kubernetes.io/zone")},
        {"nodeAffinity": affinity("failure-domain.beta.kubernetes.io/zone")}, [], id="affinity-renamed",
    ),
    pytest.param(csi(controllerExpandSecretRef={"name": "a", "namespace": "b"}), csi(), [], id="expand-secret-set"),
    pytest.param(
        csi(), {**csi(), "volumeAttributesClassName": "gold"}, ["spec.volumeAttributesClassName"], id="class-removed",
    ),
])
def test_update(new, old, fields):
    assert [fault.field for fault in KIND.validate_update(created(**new), created(**old))] == fields


def test_warnings():
    obj = created(persistentVolumeReclaimPolicy="Recycle", nodeAffinity=affinity("beta.kubernetes.io/os"))
    obj["metadata"]["annotations"] = {CLASS_ANNOTATION: "a"}
    assert [text.partition(":")[0] for text in KIND.warnings(obj)] == [
        f"metadata.annotations[{CLASS_ANNOTATION}]", "spec.persistentVolumeReclaimPolicy",
        "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key",
    ]


def test_row():
    obj = created(claimRef={"namespace": "n", "name": "c"}, storageClassName="fast")
    obj["status"] = {"phase": "Bound"}
    assert KIND.row(obj, 1767225660) == (
        "v", "1Gi", "RWO", "Retain", "Bound", "n/c", "fast", "<unset>", "", "60s", "Filesystem",
    )
