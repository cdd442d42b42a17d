"""Environment variables."""

import pytest

from kubewheel.api.validation import env

SOURCES = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
BYTES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"


def field(path, version="v1"):
    return {"name": "A", "valueFrom": {"fieldRef": {"apiVersion": version, "fieldPath": path}}}


def amount(resource, divisor="0"):
    return {"name": "A", "valueFrom": {"resourceFieldRef": {"resource": resource, "divisor": divisor}}}


@pytest.mark.parametrize(("variable", "expected"), [
    pytest.param({"name": "A", "value": "b"}, [], id="plain"),
    pytest.param({"name": "a.b-c"}, [], id="relaxed-name"),
    pytest.param({}, ["p[0].name: Required value"], id="no-name"),
    pytest.param(
        {"name": "a=b"},
        [
            'p[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII '
            "characters other than '='"
        ],
        id="name",
    ),
    pytest.param(
        {"name": "A", "valueFrom": {}}, [f'p[0].valueFrom: Invalid value: "": must specify one of: {SOURCES}'],
        id="no-source",
    ),
    pytest.param(
        {**field("metadata.name"), "value": "x"},
        ['p[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'], id="value-and-source",
    ),
    pytest.param(
        {"name": "A", "valueFrom": {
            "configMapKeyRef": {"name": "a", "key": "b"}, "secretKeyRef": {"name": "a", "key": "b"},
        }},
        ['p[0].valueFrom: Invalid value: "": may not have more than one field specified at a time'], id="two-sources",
    ),
    pytest.param(
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "a"}}},
        ["p[0].valueFrom.configMapKeyRef.key: Required value"], id="no-key",
    ),
    pytest.param(field("status.podIP"), [], id="field"),
    pytest.param(field("metadata.labels['a/b']"), [], id="label"),
    pytest.param(
        field("metadata.labels"),
        [
            'p[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: '
            '"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", '
            '"status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"'
        ],
        id="all-labels",
    ),
    pytest.param(
        field("spec.x"),
        [
            'p[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not '
            "supported: spec.x"
        ],
        id="unknown-field",
    ),
    pytest.param(
        field("metadata.name['a']"),
        [
            'p[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name[\'a\']": error converting fieldPath: '
            "field label does not support subscript: metadata.name"
        ],
        id="subscript",
    ),
    pytest.param(
        field("metadata.name", ""), ["p[0].valueFrom.fieldRef.apiVersion: Required value"], id="no-version",
    ),
    pytest.param(
        field("metadata.name", "v2"),
        [
            'p[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: '
            "unsupported pod version: v2"
        ],
        id="version",
    ),
    pytest.param(amount("limits.cpu", "1m"), [], id="amount"),
    pytest.param(amount("limits.hugepages-2Mi", "1Mi"), [], id="amount-huge-pages"),
    pytest.param(
        amount("limits.cpu", "2"),
        [
            'p[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are '
            "supported with the cpu resource"
        ],
        id="divisor-cpu",
    ),
    pytest.param(
        amount("requests.memory", "2"),
        [
            'p[0].valueFrom.resourceFieldRef.divisor: Invalid value: "requests.memory": only divisor\'s values '
            f"{BYTES} are supported with the memory resource"
        ],
        id="divisor-memory",
    ),
    pytest.param(
        amount("limits.gpu"),
        [
            'p[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: '
            '"limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", '
            '"requests.memory"'
        ],
        id="amount-unknown",
    ),
    pytest.param(
        {"name": "A", "valueFrom": {"fileKeyRef": {"key": "K", "volumeName": "v", "path": "f"}}}, [], id="file",
    ),
    pytest.param(
        {"name": "A", "valueFrom": {"fileKeyRef": {}}},
        [
            "p[0].valueFrom.fileKeyRef.key: Required value", "p[0].valueFrom.fileKeyRef.volumeName: Required value",
            "p[0].valueFrom.fileKeyRef.path: Required value",
        ],
        id="file-of-nothing",
    ),
])
def test_env(variable, expected):
    assert [str(fault) for fault in env.validate_env([variable], "p")] == expected


@pytest.mark.parametrize(("source", "expected"), [
    pytest.param({"configMapRef": {"name": "a"}}, [], id="config-map"),
    pytest.param({"secretRef": {"name": ""}}, ["p[0].secretRef.name: Required value"], id="no-name"),
    pytest.param(
        {}, ['p: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'], id="nothing",
    ),
    pytest.param(
        {"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}},
        ['p: Invalid value: "": may not have more than one field specified at a time'], id="both",
    ),
])
def test_env_from(source, expected):
    assert [str(fault) for fault in env.validate_env_from([source], "p")] == expected


def test_prefix_of_env_from():
    [fault] = env.validate_env_from([{"prefix": "a=", "configMapRef": {"name": "a"}}], "p")
    assert fault.field == "p[0].prefix"
