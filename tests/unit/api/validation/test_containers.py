"""Containers."""

import pytest

from kubewheel.api.validation import containers

POD = containers.Pod()
GOOD = {"name": "a", "image": "nginx", "imagePullPolicy": "Always", "terminationMessagePolicy": "File"}
PROBE = {
    "tcpSocket": {"port": 80}, "timeoutSeconds": 1, "periodSeconds": 1, "successThreshold": 1, "failureThreshold": 1,
}
RULE = {"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({}, [], id="fine"),
    pytest.param({"name": ""}, ["name: Required value"], id="no-name"),
    pytest.param({"name": "a.b"}, ['name: Invalid value: "a.b": must not contain dots'], id="name"),
    pytest.param({"image": ""}, ["image: Required value"], id="no-image"),
    pytest.param({"imagePullPolicy": ""}, ["imagePullPolicy: Required value"], id="no-policy"),
    pytest.param(
        {"imagePullPolicy": "x"},
        ['imagePullPolicy: Unsupported value: "x": supported values: "Always", "IfNotPresent", "Never"'], id="policy",
    ),
    pytest.param(
        {"terminationMessagePolicy": "x"},
        [
            'terminationMessagePolicy: Unsupported value: "x": supported values: "File", "FallbackToLogsOnError"'
        ],
        id="message-policy",
    ),
    pytest.param(
        {"resizePolicy": [{"resourceName": "gpu", "restartPolicy": "x"}]},
        [
            'resizePolicy: Unsupported value: "gpu": supported values: "cpu", "memory"',
            'resizePolicy: Unsupported value: "x": supported values: "NotRequired", "RestartContainer"',
        ],
        id="resize",
    ),
    pytest.param(
        {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}] * 2},
        ['resizePolicy[1]: Duplicate value: "cpu"'], id="resize-twice",
    ),
    pytest.param({"restartPolicy": "Never", "restartPolicyRules": [RULE]}, [], id="restart-rules"),
    pytest.param(
        {"restartPolicyRules": [RULE]},
        ["restartPolicy: Required value: must specify restartPolicy when restart rules are used"],
        id="no-policy-of-own",
    ),
    pytest.param(
        {"restartPolicy": "x"},
        ['restartPolicy: Unsupported value: "x": supported values: "Always", "Never", "OnFailure"'],
        id="restart-policy",
    ),
    pytest.param(
        {"restartPolicy": "Never", "restartPolicyRules": [{"action": "Stop"}]},
        [
            'restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart"',
            "restartPolicyRules[0].exitCodes: Required value: must be specified",
        ],
        id="restart-rule",
    ),
    pytest.param(
        {"restartPolicy": "Never", "restartPolicyRules": [RULE] * 21},
        ["restartPolicyRules: Too many: 21: must have at most 20 items"], id="restart-rules-many",
    ),
    pytest.param(
        {"lifecycle": {"preStop": {}}, "livenessProbe": {**PROBE, "tcpSocket": {"port": 0}}},
        [
            "lifecycle.preStop: Required value: must specify a handler type",
            "livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ],
        id="probes",
    ),
])
def test_container(change, expected):
    found = containers.validate_containers([{**GOOD, **change}], "p", POD)
    assert [str(fault) for fault in found] == [f"p[0].{text}" for text in expected]


def test_names_are_unique_and_there_is_one_at_least():
    assert [str(fault) for fault in containers.validate_containers([GOOD, GOOD], "p", POD)] == [
        'p[1].name: Duplicate value: "a"'
    ]
    assert [str(fault) for fault in containers.validate_containers([], "p", POD)] == ["p: Required value"]


def test_resizing_does_not_restart_what_never_restarts():
    policy = {"resourceName": "cpu", "restartPolicy": "RestartContainer"}
    found = containers.validate_containers(
        [{**GOOD, "resizePolicy": [policy]}], "p", containers.Pod(restart_policy="Never")
    )
    assert [fault.detail for fault in found] == ["must be 'NotRequired' when `restartPolicy` is 'Never'"]


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({"name": "b"}, [], id="fine"),
    pytest.param({}, ['p[0].name: Duplicate value: "a"'], id="name-of-a-regular-one"),
    pytest.param({"name": "b", "restartPolicy": "Always", "readinessProbe": PROBE}, [], id="sidecar"),
    pytest.param(
        {"name": "b", "readinessProbe": PROBE, "lifecycle": {}},
        [
            "p[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always",
            "p[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
        ],
        id="probe",
    ),
])
def test_init_container(change, expected):
    found = containers.validate_init_containers([{**GOOD, **change}], "p", POD, [GOOD])
    assert [str(fault) for fault in found] == expected


@pytest.mark.parametrize(("change", "expected"), [
    pytest.param({"targetContainerName": "a"}, [], id="fine"),
    pytest.param({"targetContainerName": "x"}, ['p[0].targetContainerName: Not found: "x"'], id="target"),
    pytest.param({"name": "a"}, ['p[0].name: Duplicate value: "a"'], id="name"),
    pytest.param({"resources": {}}, [], id="no-resources"),
    pytest.param(
        {"ports": [{"containerPort": 80, "protocol": "TCP"}]},
        ["p[0].ports: Forbidden: cannot be set for an Ephemeral Container"], id="ports",
    ),
    pytest.param(
        {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "s"}]},
        ["p[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container"], id="sub-path",
    ),
    pytest.param(
        {"image": " nginx"},
        ['p[0].image: Invalid value: " nginx": must not have leading or trailing whitespace'], id="padded",
    ),
])
def test_ephemeral_container(change, expected):
    spec = {"containers": [GOOD], "ephemeralContainers": [{**GOOD, "name": "debug", **change}]}
    pod = containers.Pod(volumes={"v": {"name": "v", "emptyDir": {}}})
    assert [str(fault) for fault in containers.validate_ephemeral_containers(spec, "p", pod)] == expected


def test_restart_policy():
    assert containers.validate_restart_policy("Always", "p") == []
    assert str(containers.validate_restart_policy("", "p")[0]) == "p: Required value"
    assert str(containers.validate_restart_policy("x", "p")[0]) == (
        'p: Unsupported value: "x": supported values: "Always", "OnFailure", "Never"'
    )
