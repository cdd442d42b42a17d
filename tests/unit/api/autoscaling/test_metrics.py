"""What an autoscaler goes by."""

import pytest

from kubewheel.api.autoscaling import metrics


def resource(**target):
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


CPU = resource(type="Utilization", averageUtilization=50)
PODS = {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "10"}}}
OBJECT = {
    "type": "Object",
    "object": {
        "describedObject": {"kind": "Ingress", "name": "i"}, "metric": {"name": "rps"},
        "target": {"type": "Value", "value": "1k"},
    },
}
EXTERNAL = {
    "type": "External", "external": {"metric": {"name": "q"}, "target": {"type": "AverageValue", "averageValue": "5"}},
}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param(CPU, [], id="cpu"),
    pytest.param(PODS, [], id="pods"),
    pytest.param(OBJECT, [], id="object"),
    pytest.param(EXTERNAL, [], id="external"),
    pytest.param({}, ["m[0].type: Required value: must specify a metric source type"], id="no-type"),
    pytest.param(
        {"type": "Guess"},
        [
            'm[0].type: Unsupported value: "Guess": supported values: "ContainerResource", "External", "Object", '
            '"Pods", '
            '"Resource"'
        ],
        id="type",
    ),
    pytest.param(
        {**CPU, "pods": PODS["pods"]}, ["m[0].pods: Forbidden: must populate the given metric source only"], id="two",
    ),
    pytest.param(
        {"type": "Pods"}, ["m[0].pods: Required value: must populate information for the given metric source"],
        id="no-source",
    ),
    pytest.param(
        resource(type="Utilization"),
        [
            "m[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target "
            "utilization"
        ],
        id="no-target",
    ),
    pytest.param(
        resource(type="Half", averageUtilization=0, averageValue="-1"),
        [
            'm[0].resource.target.type: Invalid value: "Half": must be either Utilization, Value, or AverageValue',
            'm[0].resource.target.averageValue: Invalid value: "-1": must be positive',
            "m[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
            "m[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target "
            "utilization",
        ],
        id="target",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in metrics.validate([spec], "m")] == expected


@pytest.mark.parametrize(("specs", "statuses", "expected"), [
    pytest.param([], [], "<none>", id="none"),
    pytest.param([CPU], [], "cpu: <unknown>/50%", id="unknown"),
    pytest.param(
        [CPU], [{"type": "Resource", "resource": {"current": {"averageUtilization": 7}}}], "cpu: 7%/50%", id="cpu",
    ),
    pytest.param([PODS], [{"pods": {"current": {"averageValue": "3"}}}], "3/10", id="pods"),
    pytest.param([OBJECT], [{"object": {"current": {"value": "2k"}}}], "2k/1k", id="object"),
    pytest.param([EXTERNAL, CPU, PODS], [], "<unknown>/5 (avg), cpu: <unknown>/50% + 1 more...", id="many"),
    pytest.param([resource(averageValue="1Gi")], [], "cpu: <unknown>/1Gi", id="amount"),
    pytest.param([{"type": "Guess"}], [], "<unknown type>", id="type"),
])
def test_summary(specs, statuses, expected):
    assert metrics.summary(specs, statuses) == expected


def test_reference():
    found = metrics.validate_reference({"kind": "a/b", "apiVersion": "a/b/c"}, "r")
    assert [fault.field for fault in found] == ["r.kind", "r.name", "r.apiVersion"]
