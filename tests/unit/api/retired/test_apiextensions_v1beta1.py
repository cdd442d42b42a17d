"""CustomResourceDefinitions of v1beta1."""

import copy

import pytest

from kubewheel.api.apiextensions.custom_resource_definition import KIND
from kubewheel.api.retired import apiextensions_v1beta1 as version

KEEP = version.PRESERVE
NAMES = {"plural": "widgets", "kind": "Widget"}


def definition(**spec):
    return {"metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com", "names": NAMES, **spec}}


def stored(old):
    made = copy.deepcopy(old)
    version.to_stored(made)
    return made


@pytest.mark.parametrize("old", [
    definition(version="v1"),
    definition(version="v1", scope="Cluster", validation={"openAPIV3Schema": {"properties": {
        "spec": {"properties": {"size": {"type": "integer"}, "tags": {"items": {"type": "string"}}, "any": {}}},
    }}}),
    definition(version="v1", preserveUnknownFields=False, validation={"openAPIV3Schema": {"type": "object"}}),
    definition(version="v1", subresources={"status": {}}, additionalPrinterColumns=[
        {"name": "Size", "type": "integer", "JSONPath": ".spec.size"},
    ]),
    definition(versions=[{"name": "v1", "served": True, "storage": True}, {"name": "v2", "served": True}]),
])
def test_becomes_a_valid_v1_and_comes_back(old):
    made = stored(old)
    KIND.prepare_create(made)
    KIND.default(made)
    assert KIND.validate(made) == []
    shown = copy.deepcopy(made)
    version.from_stored(shown)
    again = stored(shown)
    assert again == made
    assert shown["spec"]["version"] == "v1"


def test_fields_stay_unless_told_otherwise():
    made = stored(definition(version="v1", validation={"openAPIV3Schema": {"properties": {
        "metadata": {"type": "object"}, "spec": {"type": "object"}, "port": {"anyOf": [
            {"type": "string"}, {"type": "integer"}]},
    }}}))
    assert made["spec"]["versions"] == [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
        "type": "object", KEEP: True, "properties": {
            "metadata": {"type": "object"}, "spec": {"type": "object", KEEP: True},
            "port": {"x-kubernetes-int-or-string": True},
        },
    }}}]


def test_what_all_versions_share_is_said_once():
    made = stored(definition(version="v1", subresources={"status": {}}))
    version.from_stored(made)
    assert made["spec"]["subresources"] == {"status": {}}
    assert made["spec"]["preserveUnknownFields"] is True
    assert made["spec"]["versions"] == [{"name": "v1", "served": True, "storage": True}]


def test_conversion():
    client = {"url": "https://example.com"}
    old = definition(version="v1", conversion={"strategy": "Webhook", "webhookClientConfig": client})
    made = stored(old)
    assert made["spec"]["conversion"] == {
        "strategy": "Webhook", "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1beta1"]},
    }
    version.from_stored(made)
    assert made["spec"]["conversion"] == {
        "strategy": "Webhook", "webhookClientConfig": client, "conversionReviewVersions": ["v1beta1"],
    }
