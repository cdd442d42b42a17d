"""Definitions that retired versions have: those of the successor, and what was different."""

import pytest

from kubewheel.api import fields, schema
from kubewheel.api.openapi import definitions as openapi
from kubewheel.api.registry import Registry
from kubewheel.api.retired import resources


def names(gvk, *path):
    loaded = schema.load()
    definition = loaded.type_of(*gvk)
    field = loaded.field(definition, *path) if path else None
    return set(loaded.definition(field.ref).fields if field else definition.fields)


@pytest.mark.parametrize(("gvk", "path", "present", "absent"), [
    (("extensions", "v1beta1", "Deployment"), ("spec",), {"rollbackTo", "template"}, set()),
    (("apps", "v1beta2", "Deployment"), ("spec",), {"template"}, {"rollbackTo"}),
    (("extensions", "v1beta1", "Ingress"), ("spec",), {"backend", "ingressClassName"}, {"defaultBackend"}),
    (("extensions", "v1beta1", "Scale"), ("status",), {"selector", "targetSelector"}, set()),
    (("autoscaling", "v2beta1", "HorizontalPodAutoscaler"), ("spec",), {"metrics"}, {"behavior"}),
    (("autoscaling", "v2beta2", "HorizontalPodAutoscaler"), ("spec",), {"metrics", "behavior"}, set()),
    (("apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition"), ("spec",), {"validation", "version"}, set()),
    (("authorization.k8s.io", "v1beta1", "SubjectAccessReview"), ("spec",), {"group"}, {"groups"}),
])
def test_fields(gvk, path, present, absent):
    found = names(gvk, *path)
    assert present <= found
    assert not absent & found


def test_references_stay_within_the_version():
    loaded = schema.load()
    for resource in resources([*Registry.builtin()]):
        name = loaded.name_of(*resource.gvk)
        if name is None:
            continue
        package = name.rpartition(".")[0]
        successor = loaded.name_of(*resource.retired.successor.gvk).rpartition(".")[0]
        for each in openapi.reached(loaded, [name]):
            if each.startswith(f"{successor}."):
                assert schema.is_scalar(each), (package, each)


def test_values_within_definitions_keep_their_form():
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition", "metadata": {"name": "a"},
        "spec": {"validation": {"openAPIV3Schema": {"properties": {"a": {"default": [1]}}}}},
    }
    assert fields.unknown_fields(("apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition"), definition) == []


def test_documents_describe_what_a_version_had():
    loaded = schema.load()
    definition = loaded.definition(loaded.name_of("extensions", "v1beta1", "Ingress"))
    backend = loaded.definition("io.k8s.api.extensions.v1beta1.IngressBackend")
    docs = openapi.load_docs()
    shown = openapi.V3.definition(backend, docs)
    assert shown["properties"]["serviceName"]["description"] == "The Service that answers."
    assert shown["description"].startswith("IngressBackend describes")
    assert openapi.V3.definition(definition, docs)["x-kubernetes-group-version-kind"] == [
        {"group": "extensions", "version": "v1beta1", "kind": "Ingress"},
    ]


def test_unknown_versions_have_none():
    assert schema.load().name_of("example.com", "v1beta1", "Deployment") is None
    assert schema.load().name_of("extensions", "v1beta1", "PodSecurityPolicy") is None
