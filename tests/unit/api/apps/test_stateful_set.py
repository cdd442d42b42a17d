"""StatefulSet."""

import copy

import pytest

from kubewheel.api.apps.stateful_set import KIND, UNCHANGEABLE


def created(**spec):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    obj = {"metadata": {"name": "db"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template, **spec}}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def test_defaults():
    obj = created(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}])
    spec = obj["spec"]
    assert {name: spec[name] for name in spec if name not in ("template", "selector", "volumeClaimTemplates")} == {
        "podManagementPolicy": "OrderedReady", "replicas": 1, "revisionHistoryLimit": 10,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    }
    [claim] = spec["volumeClaimTemplates"]
    assert (claim["apiVersion"], claim["kind"]) == ("v1", "PersistentVolumeClaim")
    assert claim["spec"]["volumeMode"] == "Filesystem"
    assert claim["status"] == {"phase": "Pending"}
    assert KIND.validate(obj) == []
    assert obj["status"] == {"replicas": 0, "availableReplicas": 0}


def test_defaults_leave_on_delete_alone():
    assert created(updateStrategy={"type": "OnDelete"})["spec"]["updateStrategy"] == {"type": "OnDelete"}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param(
        {"podManagementPolicy": "Fast"},
        ["spec.podManagementPolicy: Invalid value: \"Fast\": must be 'OrderedReady' or 'Parallel'"], id="management",
    ),
    pytest.param(
        {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {}}},
        ["spec.updateStrategy.rollingUpdate: Invalid value: {}: only allowed for updateStrategy 'RollingUpdate'"],
        id="on-delete",
    ),
    pytest.param(
        {"updateStrategy": {"type": "Fast"}},
        ["spec.updateStrategy: Invalid value: {\"type\":\"Fast\"}: must be 'RollingUpdate' or 'OnDelete'"],
        id="strategy",
    ),
    pytest.param(
        {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": -1, "maxUnavailable": 0}}},
        [
            "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
            "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
        ],
        id="partition",
    ),
    pytest.param(
        {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Keep"}},
        [
            'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: '
            '"Retain", "Delete"'
        ],
        id="retention",
    ),
    pytest.param(
        {"ordinals": {"start": -1}, "replicas": -2},
        [
            "spec.replicas: Invalid value: -2: must be greater than or equal to 0",
            "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0",
        ],
        id="numbers",
    ),
    pytest.param(
        {"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"],
        id="selector",
    ),
])
def test_refused(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


@pytest.mark.parametrize(("spec", "allowed"), [
    pytest.param({"replicas": 3}, True, id="replicas"),
    pytest.param({"revisionHistoryLimit": 3}, True, id="history"),
    pytest.param({"updateStrategy": {"type": "OnDelete"}}, True, id="strategy"),
    pytest.param({"serviceName": "other"}, False, id="service"),
    pytest.param({"podManagementPolicy": "Parallel"}, False, id="management"),
    pytest.param({"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, False, id="claims"),
])
def test_update(spec, allowed):
    found = KIND.validate_update(created(**spec), created())
    assert [str(fault) for fault in found] == ([] if allowed else [f"spec: Forbidden: {UNCHANGEABLE}"])


def test_status():
    bad = {"replicas": 1, "readyReplicas": 1, "currentReplicas": 2, "availableReplicas": 1, "collisionCount": 0}
    assert [str(fault) for fault in KIND.validate_status({"status": bad}, {"status": {"collisionCount": 1}})] == [
        "status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas",
        "status.collisionCount: Invalid value: 0: cannot be decremented",
    ]


def test_row():
    obj = created(replicas=3)
    obj["status"] = {"readyReplicas": 1}
    assert list(KIND.row(obj, 0)) == ["db", "1/3", "<unknown>", "c", "i"]


def test_warnings():
    assert KIND.warnings(created(revisionHistoryLimit=-1)) == [
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
    ]


def test_completing_twice_changes_nothing():
    obj = created(volumeClaimTemplates=[{"metadata": {"name": "data"}}])
    again = copy.deepcopy(obj)
    KIND.default(again)
    assert again == obj
