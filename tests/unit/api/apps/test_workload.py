"""What workloads share."""

import pytest

from kubewheel.api.apps import workload

TEMPLATE = {"metadata": {"labels": {"a": "b"}}}


@pytest.mark.parametrize(("selector", "expected"), [
    pytest.param({"matchLabels": {"a": "b"}}, True, id="yes"),
    pytest.param({"matchLabels": {"a": "c"}}, False, id="no"),
    pytest.param(None, False, id="none-selects-nothing"),
    pytest.param({"matchExpressions": [{"key": "a", "operator": "Like"}]}, None, id="unreadable"),
])
def test_selects_template(selector, expected):
    assert workload.selects_template(selector, TEMPLATE) is expected


def test_unreadable_selector():
    selector = {"matchExpressions": [{"key": "a", "operator": "Like"}]}
    found = workload.validate_match({"selector": selector, "template": TEMPLATE}, "spec", "invalid label selector")
    assert [(fault.field, fault.detail) for fault in found] == [("spec.selector", "invalid label selector")]


def test_lasting():
    found = workload.validate_lasting({"spec": {"activeDeadlineSeconds": 1}}, "spec.template", "DaemonSet")
    assert [str(fault) for fault in found] == [
        'spec.template.spec.restartPolicy: Unsupported value: "": supported values: "Always"',
        "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported",
    ]


def test_collisions():
    assert workload.validate_collisions({"status": {"collisionCount": 2}}, {"status": {"collisionCount": 1}}) == []
    assert len(workload.validate_collisions({}, {"status": {"collisionCount": 1}})) == 1
