"""What makes a schema structural."""

import pytest

from kubewheel.api.apiextensions.custom_resource_definition import structural

STRING = {"type": "string"}


def root(**properties):
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(("schema", "expected"), [
    pytest.param(root(a=STRING), [], id="good"),
    pytest.param(
        {"type": "object", "additionalProperties": STRING},
        ["s.additionalProperties: Forbidden: must not be used at the root"], id="map-at-the-root",
    ),
    pytest.param(
        root(a={"type": "object", structural.EMBEDDED: True, "additionalProperties": STRING,
            structural.PRESERVE: True}),
        ["s.properties[a].additionalProperties: Forbidden: must not be used if x-kubernetes-embedded-resource is set"],
        id="embedded-map",
    ),
    pytest.param(
        root(a={"type": "object", structural.EMBEDDED: True}),
        [
            "s.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true "
            "without x-kubernetes-preserve-unknown-fields"
        ],
        id="embedded-nothing",
    ),
    pytest.param(
        root(a={structural.INT_OR_STRING: True, structural.PRESERVE: True}),
        [
            "s.properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if "
            "x-kubernetes-int-or-string is true"
        ],
        id="mixed-and-anything",
    ),
    pytest.param(root(kind={"type": "integer"}), ['s.properties[kind].type: Invalid value: "integer": must be string'],
                 id="kind"),
    pytest.param(
        root(a={"type": "string", "pattern": "+"}),
        [
            's.properties[a].pattern: Invalid value: "+": must be a valid regular expression, but isn\'t: error '
            "parsing regexp: missing argument to repetition operator: `+`"
        ],
        id="pattern",
    ),
    pytest.param(
        {**root(a=STRING), "allOf": [{"properties": {"b": {"minLength": 1}}}]},
        ["s.properties[b]: Required value: because it is defined in s.allOf[0].properties[b]"], id="incomplete",
    ),
    pytest.param(
        {**root(a=STRING), "not": {"properties": {"metadata": {}}}},
        [
            "s.not.properties[metadata]: Forbidden: must not be specified in a nested context",
            "s.properties[metadata]: Required value: because it is defined in s.not.properties[metadata]",
        ],
        id="metadata-below-not",
    ),
    pytest.param(
        root(a={"type": "integer", "anyOf": [{"default": 1, "nullable": True}]}),
        [
            "s.properties[a].anyOf[0].default: Forbidden: must be undefined to be structural",
            "s.properties[a].anyOf[0].nullable: Forbidden: must be false to be structural",
        ],
        id="skeleton-below-any-of",
    ),
    pytest.param(
        root(a={structural.INT_OR_STRING: True, "allOf": [{"anyOf": structural.INT_OR_STRING_FORM}, {"pattern": "x"}]}),
        [], id="spelled-int-or-string",
    ),
])
def test_validate(schema, expected):
    assert [str(fault) for fault in structural.validate(schema, "s")] == expected
