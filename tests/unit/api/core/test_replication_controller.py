"""ReplicationController."""

import pytest

from kubewheel.api.core.replication_controller import KIND


def created(template=None, **spec):
    containers = [{"name": "c", "image": "i"}]
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}, **(template or {})}
    obj = {"metadata": {"name": "rc"}, "spec": {"template": template, **spec}}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def test_defaults_come_from_the_template():
    obj = created()
    assert obj["spec"]["replicas"] == 1
    assert obj["spec"]["selector"] == obj["metadata"]["labels"] == {"a": "b"}
    assert obj["status"] == {"replicas": 0}
    assert KIND.validate(obj) == KIND.warnings(obj) == []


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param(
        created(replicas=-1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"], id="negative",
    ),
    pytest.param(
        created(selector={"a": "c"}),
        [
            'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'
        ],
        id="selector",
    ),
    pytest.param(
        created({"spec": {"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"}}),
        ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'], id="policy",
    ),
    pytest.param(
        created({"spec": {"containers": [{"name": "c", "image": "i"}], "activeDeadlineSeconds": 5}}),
        [
            "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is "
            "not Supported"
        ],
        id="deadline",
    ),
    pytest.param(
        {"metadata": {}, "spec": {}}, ["spec.selector: Required value", "spec.template: Required value"], id="nothing",
    ),
])
def test_refused(obj, expected):
    assert [str(fault) for fault in KIND.validate(obj)] == expected


def test_status():
    good = {"replicas": 3, "readyReplicas": 2, "availableReplicas": 1}
    assert KIND.validate_status({"status": good}, {}) == []
    found = KIND.validate_status({"status": {"replicas": 1, "readyReplicas": 2, "availableReplicas": 3}}, {})
    assert [(fault.field, fault.detail) for fault in found] == [
        ("status.readyReplicas", "cannot be greater than status.replicas"),
        ("status.availableReplicas", "cannot be greater than status.replicas"),
        ("status.availableReplicas", "cannot be greater than readyReplicas"),
    ]


def test_row_and_fields():
    obj = created(replicas=2)
    obj["status"] = {"replicas": 2, "readyReplicas": 1}
    assert KIND.row(obj, 0) == ("rc", 2, 2, 1, "<unknown>", "c", "i", "a=b")
    assert KIND.selectable["status.replicas"](obj) == "2"
