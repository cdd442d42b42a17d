"""The schema and the data it is made from."""

import importlib.util
import lzma
import sys
import zlib
from pathlib import Path

import pytest

from kubewheel.api import schema
from kubewheel.api.registry import Registry
from kubewheel.api.schema import Type

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def loaded():
    return schema.load()


@pytest.mark.slow
def test_data_is_what_the_tool_makes():
    pytest.importorskip("kubernetes_validate", reason="kubernetes-validate, which carries the definitions, is missing")
    spec = importlib.util.spec_from_file_location("build_schema", ROOT / "tools" / "build_schema.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    structure, docs = module.build()
    assert zlib.decompress(schema.read_data("structure.zz")) == structure
    assert lzma.decompress(schema.read_data("docs.xz")) == docs


def test_every_resource_has_a_definition(loaded):
    for resource in Registry.builtin():
        definition = loaded.type_of(*resource.gvk)
        assert definition is not None, resource.key
        assert "apiVersion" in definition.fields
        for subresource in resource.subresources:
            if subresource.kind.endswith("Options"):
                continue
            assert loaded.type_of(subresource.group, subresource.version, subresource.kind), subresource


def test_every_reference_leads_somewhere(loaded):
    def references(field):
        while field.element is not None:
            field = field.element
        return [field.ref] if field.ref else []

    for name in loaded:
        for field in loaded.definition(name).fields.values():
            assert all(ref in loaded for ref in references(field))


@pytest.mark.parametrize(("gvk", "path", "expected"), [
    (("apps", "v1", "Deployment"), "spec.replicas", {"type": Type.INT32}),
    (("apps", "v1", "Deployment"), "spec.strategy", {"patch_strategy": "retainKeys",
    "retains_keys": True, "merges": False}),
    (("", "v1", "Pod"), "spec.containers", {"type": Type.LIST, "merge_key": "name", "list_type": "map",
    "merges": True}),
    (("", "v1", "Pod"), "spec.containers.ports", {"list_map_keys": ("containerPort", "protocol")}),
    (("", "v1", "Pod"), "spec.containers.args", {"list_type": "atomic", "merges": False}),
    (("", "v1", "Pod"), "spec.containers.resources.limits", {"go_type": "map[string]resource.Quantity"}),
    (("", "v1", "Pod"), "spec.volumes", {"retains_keys": True, "go_type": "[]v1.Volume"}),
    (("", "v1", "Pod"), "spec.nodeSelector", {"map_type": "atomic"}),
    (("", "v1", "Pod"), "metadata.creationTimestamp", {"type": Type.TIME, "go_type": "v1.Time"}),
    (("", "v1", "Secret"), "data", {"go_type": "map[string][]uint8"}),
    (("", "v1", "Service"), "spec.ports.targetPort", {"type": Type.INT_OR_STRING}),
    (("policy", "v1", "PodDisruptionBudget"), "spec.selector", {"patch_strategy": "replace"}),
])
def test_fields(loaded, gvk, path, expected):
    field = loaded.field(loaded.type_of(*gvk), *path.split("."))
    assert {name: getattr(field, name) for name in expected} == expected


def test_absent_fields_and_kinds(loaded):
    pod = loaded.type_of("", "v1", "Pod")
    assert pod.required == ()
    assert pod.go_struct == "Pod"
    assert loaded.field(pod, "spec", "nope") is None
    assert loaded.field(pod, "metadata", "name", "deeper") is None
    assert loaded.type_of("example.com", "v1", "Widget") is None
    assert "io.k8s.api.core.v1.Pod" in loaded
