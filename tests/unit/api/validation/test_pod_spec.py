"""The spec of a pod: what concerns it as a whole."""

import pytest

from kubewheel.api.defaults.pod_template import default_pod_spec
from kubewheel.api.validation import pod_spec


def completed(change):
    spec = {"containers": [{"name": "a", "image": "nginx"}], **change}
    default_pod_spec(spec)
    return spec


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({}, [], id="least"),
    pytest.param({"containers": None}, ["spec.containers: Required value"], id="no-containers"),
    pytest.param(
        {"restartPolicy": "Sometimes"},
        [
            'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'
        ],
        id="restart-policy",
    ),
    pytest.param({"hostname": "a.b"}, ['spec.hostname: Invalid value: "a.b": must not contain dots'], id="hostname"),
    pytest.param(
        {"activeDeadlineSeconds": 0},
        ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"], id="deadline",
    ),
    pytest.param({"nodeSelector": {"a": "b"}}, [], id="node-selector"),
    pytest.param(
        {"preemptionPolicy": "x"},
        ['spec.preemptionPolicy: Unsupported value: "x": supported values: "PreemptLowerPriority", "Never"'],
        id="preemption",
    ),
    pytest.param({"resourceClaims": [{"name": "c", "resourceClaimName": "x"}]}, [], id="claim"),
    pytest.param(
        {"resourceClaims": [{}]},
        [
            "spec.resourceClaims[0].name: Required value",
            "spec.resourceClaims[0]: Invalid value: {}: must specify one of: `resourceClaimName`, "
            "`resourceClaimTemplateName`",
        ],
        id="claim-of-nothing",
    ),
    pytest.param(
        {"resourceClaims": [{"name": "c", "resourceClaimName": "x"}] * 2},
        ['spec.resourceClaims[1].name: Duplicate value: "c"'], id="claim-twice",
    ),
    pytest.param(
        {"schedulingGates": [{"name": "a"}, {"name": "a"}]}, ['spec.schedulingGates[1]: Duplicate value: "a"'],
        id="gate-twice",
    ),
    pytest.param(
        {"hostnameOverride": "a" * 65}, [
            f'spec.hostnameOverride: Invalid value: "{"a" * 65}": must be no more than 64 bytes'
        ],
        id="hostname-override",
    ),
    pytest.param(
        {"hostnameOverride": "a", "hostNetwork": True, "setHostnameAsFQDN": True},
        [
            "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
            "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
        ],
        id="hostname-override-conflicts",
    ),
    pytest.param(
        {"overhead": {"gpu": "1"}},
        [
            'spec.overhead.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
            'spec.overhead.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
        ],
        id="overhead",
    ),
    pytest.param(
        {"volumes": [{"name": "v", "hostPath": {"path": "/a/../b"}}], "containers": [
            {"name": "a", "image": "b", "volumeMounts": [{"name": "v", "mountPath": "/v"}]},
        ]},
        [
            'spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
            'spec.containers[0].volumeMounts[0].name: Not found: "v"',
        ],
        id="bad-volume-is-none",
    ),
])
def test_spec(change, expected):
    assert [str(fault) for fault in pod_spec.validate_pod_spec(completed(change), "spec")] == expected


@pytest.mark.parametrize("name", ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"])
def test_names_of_other_objects(name):
    [fault] = pod_spec.validate_pod_spec(completed({name: "A_"}), "spec")
    assert str(fault).startswith(f'spec.{name}: Invalid value: "A_": a lowercase RFC 1123 subdomain must consist of')


def test_grace_period_is_needed():
    spec = completed({})
    del spec["terminationGracePeriodSeconds"]
    assert [str(fault) for fault in pod_spec.validate_pod_spec(spec, "spec")] == [
        "spec.terminationGracePeriodSeconds: Required value"
    ]


def test_readiness_gates_have_qualified_names():
    spec = completed({"readinessGates": [{"conditionType": "a b"}]})
    assert pod_spec.validate_pod_spec(spec, "spec")[0].field == "spec.readinessGates[0].conditionType"
