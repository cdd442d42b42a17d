"""CustomResourceDefinition."""

import copy

import pytest

from kubewheel.api.apiextensions.custom_resource_definition import KIND


def version(name="v1", **fields):
    return {
        "name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}, **fields,
    }


def created(name="widgets.example.com", *, annotations=None, kinds=None, **spec):
    made = {
        "metadata": {"name": name, "annotations": annotations or {}},
        "spec": {
            "group": "example.com", "scope": "Namespaced", "versions": [version()],
            "names": {"plural": "widgets", "kind": "Widget", **(kinds or {})}, **spec,
        },
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


def texts(faults):
    return [str(fault) for fault in faults]


def test_defaults():
    made = created()
    assert made["spec"]["names"] == {
        "plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList",
    }
    assert made["spec"]["conversion"] == {"strategy": "None"}
    assert made["status"] == {
        "acceptedNames": {"plural": "", "kind": ""}, "conditions": None, "storedVersions": ["v1"],
    }
    assert KIND.validate(made) == []


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(
        created("widget"), ['metadata.name: Invalid value: "widget": must be spec.names.plural+"."+spec.group'],
        id="name",
    ),
    pytest.param(
        created("widgets.local", group="local"),
        ['spec.group: Invalid value: "local": should be a domain with at least one dot'], id="group",
    ),
    pytest.param(
        created(scope="World"), ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
        id="scope",
    ),
    pytest.param(
        created(versions=[version(), version("v2")]),
        ['spec.versions: Invalid value: ["v1","v2"]: must have exactly one version marked as storage version'],
        id="two-stored",
    ),
    pytest.param(
        created(versions=[version(), version(storage=False)]),
        ['spec.versions: Invalid value: ["v1","v1"]: must contain unique version names'], id="same-version",
    ),
    pytest.param(
        created(versions=[version(schema=None)]),
        ["spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required"], id="no-schema",
    ),
    pytest.param(
        created(kinds={"listKind": "Widget"}),
        ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'], id="list-kind",
    ),
    pytest.param(
        created(preserveUnknownFields=True),
        [
            "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
            "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        ],
        id="preserve",
    ),
    pytest.param(
        created(conversion={"strategy": "Webhook"}),
        [
            "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
            "spec.conversion.conversionReviewVersions: Required value",
        ],
        id="webhook",
    ),
    pytest.param(
        created(conversion={"strategy": "None", "webhook": {"conversionReviewVersions": ["v1"]}}),
        [
            "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook"
        ],
        id="needless-webhook",
    ),
    pytest.param(
        created("widgets.x.k8s.io", group="x.k8s.io"),
        [
            "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval "
            'annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'
        ],
        id="protected",
    ),
    pytest.param(
        created(
            "widgets.x.k8s.io", group="x.k8s.io", annotations={"api-approved.kubernetes.io": "https://example.com/1"},
        ),
        [], id="approved",
    ),
    pytest.param(
        created(versions=[version(deprecationWarning="old")]),
        [
            'spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'
        ],
        id="deprecation",
    ),
    pytest.param(
        created(versions=[version(deprecated=True, deprecationWarning="a\nb")]),
        [
            'spec.versions[0].deprecationWarning: Invalid value: "a\\nb": must only contain printable UTF-8 characters'
            "; non-printable character found at index 1"
        ],
        id="unprintable-deprecation",
    ),
    pytest.param(
        created(versions=[version(schema={"openAPIV3Schema": {"type": "object", "properties": {"a": {}}}})]),
        [
            "spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified "
            "object fields"
        ],
        id="schema-of-all-versions",
    ),
    pytest.param(
        created(versions=[version(), version("v2", storage=False, schema={"openAPIV3Schema": {"type": "string"}})]),
        ['spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root'],
        id="schema-of-one-version",
    ),
])
def test_validate(made, expected):
    assert texts(KIND.validate(made)) == expected


def test_kind_in_mixed_case():
    [fault] = KIND.validate(created(kinds={"kind": "My_Widget", "listKind": "WidgetList", "singular": "widget"}))
    assert fault.field == "spec.names.kind"
    assert fault.detail.startswith("may have mixed case, but should otherwise match: a DNS-1035 label")


def test_conversion_webhook():
    service = {"name": "c", "namespace": "n"}
    webhook = {"clientConfig": {"service": service}, "conversionReviewVersions": ["v1"]}
    made = created(conversion={"strategy": "Webhook", "webhook": webhook})
    assert KIND.validate(made) == []
    assert service["port"] == 443


def test_new_storage_version_is_remembered():
    old = created()
    new = copy.deepcopy(old)
    new["spec"]["versions"] = [version(storage=False), version("v2")]
    KIND.prepare_update(new, old)
    assert new["status"]["storedVersions"] == ["v1", "v2"]
    assert old["status"]["storedVersions"] == ["v1"]
    new["spec"]["versions"] = [version("v2")]
    [fault] = KIND.validate(new)
    assert str(fault) == (
        'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage '
        'version, '
        "and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and "
        "removes v1 "
        "from status.storedVersions"
    )


@pytest.mark.parametrize(("established", "fields"), [
    pytest.param(False, [], id="not-yet"),
    pytest.param(True, ["spec.scope", "spec.names.kind"], id="established"),
])
def test_update(established, fields):
    old = created()
    if established:
        old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    new = created(scope="Cluster", kinds={"kind": "Gadget"})
    assert [fault.field for fault in KIND.validate_update(new, old)] == fields
