"""ReplicaSet."""

import pytest

from kubewheel.api.apps.replica_set import KIND


def created(**spec):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    obj = {"metadata": {"name": "rs"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template, **spec}}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def test_good():
    obj = created()
    assert obj["spec"]["replicas"] == 1
    assert obj["status"] == {"replicas": 0}
    assert KIND.validate(obj) == KIND.warnings(obj) == []


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param(
        created(replicas=-1, minReadySeconds=-1),
        [
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
        ],
        id="negative",
    ),
    pytest.param(
        created(selector={}), ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
        id="empty-selector",
    ),
])
def test_refused(obj, expected):
    assert [str(fault) for fault in KIND.validate(obj)] == expected


def test_selector_is_immutable():
    assert [fault.field for fault in KIND.validate_update(created(selector={}), created())] == ["spec.selector"]


def test_status():
    found = KIND.validate_status({"status": {"replicas": 1, "readyReplicas": 2, "fullyLabeledReplicas": -1}}, {})
    assert [(fault.field, fault.detail) for fault in found] == [
        ("status.fullyLabeledReplicas", "must be greater than or equal to 0"),
        ("status.readyReplicas", "cannot be greater than status.replicas"),
    ]


def test_row_and_selectable():
    obj = created(replicas=2)
    obj["status"] = {"replicas": 2, "readyReplicas": 1}
    assert list(KIND.row(obj, 0)) == ["rs", 2, 2, 1, "<unknown>", "c", "i", "a=b"]
    assert KIND.selectable["status.replicas"](obj) == "2"
    assert KIND.selectable["status.replicas"]({}) == "0"
