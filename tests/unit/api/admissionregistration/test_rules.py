"""Which requests a webhook or policy sees."""

import pytest

from kubewheel.api.admissionregistration import rules


def rule(**fields):
    made = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], **fields}
    rules.default([made])
    return made


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(rule(), [], id="good"),
    pytest.param(rule(resources=["*", "*/*"]), ["if '*/*' is present, must not specify other resources"], id="all"),
    pytest.param(
        rule(operations=["*", "CREATE"]), ["if '*' is present, must not specify other operations"], id="operations",
    ),
    pytest.param(
        rule(apiGroups=["*", "a"], apiVersions=["*", "v1"]),
        [
            "if '*' is present, must not specify other API groups",
            "if '*' is present, must not specify other API versions",
        ],
        id="groups",
    ),
    pytest.param(
        rule(resources=["*", "pods"]),
        ["if '*' is present, must not specify other resources without subresources"], id="resources",
    ),
    pytest.param(
        rule(resources=["pods/*", "pods/log"]), ["if 'pods/*' is present, must not specify pods/log"],
        id="subresources",
    ),
    pytest.param(
        rule(resources=["*/scale", "pods/scale"]), ["if '*/scale' is present, must not specify pods/scale"], id="scale",
    ),
    pytest.param(
        rule(operations=["EAT"], scope="World"),
        [
            'supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
            'supported values: "*", "Cluster", "Namespaced"',
        ],
        id="unknown",
    ),
])
def test_validate(made, expected):
    assert [fault.detail for fault in rules.validate([made], "r")] == expected


def test_everything_is_needed():
    assert [str(fault) for fault in rules.validate([{}], "r")] == [
        "r[0].operations: Required value", "r[0].apiGroups: Required value", "r[0].apiVersions: Required value",
        "r[0].resources: Required value",
    ]


def test_without_subresources():
    found = rules.validate([rule(resources=["pods/log"])], "r", subresources=False)
    assert [fault.detail for fault in found] == ["must not specify subresources"]
