"""What the reviews of authorization ask about."""

import pytest

from kubewheel.api.authorization import attributes


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"resourceAttributes": {}}, [], id="resource"),
    pytest.param({"nonResourceAttributes": {}}, [], id="path"),
    pytest.param(
        {},
        [
            "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes "
            "must "
            "be specified"
        ],
        id="neither",
    ),
    pytest.param(
        {"resourceAttributes": {}, "nonResourceAttributes": {}},
        [
            "spec.nonResourceAttributes: Invalid value: {}: cannot be specified in combination with resourceAttributes"
        ],
        id="both",
    ),
])
def test_target(spec, expected):
    assert [str(fault) for fault in attributes.validate_target(spec)] == expected


@pytest.mark.parametrize(("selector", "expected"), [
    pytest.param({"rawSelector": "a=b"}, [], id="raw"),
    pytest.param({"requirements": [{"key": "a", "operator": "In", "values": ["b"]}]}, [], id="requirements"),
    pytest.param(
        {},
        [
            "spec.resourceAttributes.fieldSelector.requirements: Required value: when "
            "spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required"
        ],
        id="empty",
    ),
    pytest.param(
        {"requirements": [{"operator": "In"}, {"key": "a", "operator": "Like"}]},
        [
            "spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified",
            "spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when "
            "`operator` is 'In' or 'NotIn'",
            'spec.resourceAttributes.fieldSelector.requirements[1].operator: Unsupported value: "Like": supported '
            'values: '
            '"In", "NotIn", "Exists", "DoesNotExist"',
        ],
        id="requirements-at-fault",
    ),
])
def test_field_selector(selector, expected):
    found = attributes.validate_selectors({"resourceAttributes": {"fieldSelector": selector}})
    assert [str(fault) for fault in found] == expected


def test_label_selector():
    selector = {"requirements": [{"key": "a", "operator": "Like"}]}
    found = attributes.validate_selectors({"resourceAttributes": {"labelSelector": selector}})
    assert [fault.field for fault in found] == ["spec.resourceAttributes.labelSelector.requirements[0].operator"]


@pytest.mark.parametrize(("metadata", "allowed", "expected"), [
    pytest.param({}, (), 0, id="empty"),
    pytest.param({"creationTimestamp": None, "managedFields": [{}]}, (), 0, id="what-clients-send"),
    pytest.param({"name": "x"}, (), 1, id="name"),
    pytest.param({"namespace": "x"}, ("namespace",), 0, id="namespace"),
])
def test_metadata(metadata, allowed, expected):
    assert len(attributes.validate_metadata({"metadata": metadata}, allowed=allowed)) == expected
