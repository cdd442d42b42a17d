"""What webhook configurations share."""

import pytest

from kubewheel.api.admissionregistration import webhooks


def created(kind="ValidatingWebhookConfiguration", **fields):
    webhook = {
        "name": "a.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": {"service": {"name": "s", "namespace": "n"}},
        "rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}], **fields,
    }
    made = {"kind": kind, "metadata": {"name": "w"}, "webhooks": [webhook]}
    webhooks.default(made)
    return made


def test_defaults():
    [webhook] = created("MutatingWebhookConfiguration")["webhooks"]
    assert webhook["clientConfig"]["service"]["port"] == 443
    assert webhook["rules"][0]["scope"] == "*"
    fields = ("failurePolicy", "matchPolicy", "timeoutSeconds", "namespaceSelector", "reinvocationPolicy")
    assert [webhook[name] for name in fields] == ["Fail", "Equivalent", 10, {}, "Never"]
    assert "reinvocationPolicy" not in created()["webhooks"][0]


@pytest.mark.parametrize(("fields", "expected"), [
    pytest.param({}, [], id="good"),
    pytest.param(
        {"name": "a.b"},
        [
            'webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots'
        ],
        id="name",
    ),
    pytest.param(
        {"sideEffects": None}, ["webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun"],
        id="no-side-effects",
    ),
    pytest.param(
        {"sideEffects": "Some"},
        ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
        id="side-effects",
    ),
    pytest.param(
        {"timeoutSeconds": 31},
        ["webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"],
        id="timeout",
    ),
    pytest.param(
        {"admissionReviewVersions": ["v2"]},
        [
            'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1'
        ],
        id="versions",
    ),
    pytest.param(
        {"clientConfig": {}},
        ["webhooks[0].clientConfig: Required value: exactly one of url or service is required"], id="no-client",
    ),
])
def test_validate(fields, expected):
    assert [str(fault) for fault in webhooks.validate(created(**fields))] == expected


def test_names_are_unique():
    made = created()
    made["webhooks"] *= 2
    assert [str(fault) for fault in webhooks.validate(made)] == ['webhooks[1].name: Duplicate value: "a.example.com"']


def test_row():
    assert list(webhooks.row(created(), 0)) == ["w", 1, "<unknown>"]
