"""Conversion between versions."""

import dataclasses

import pytest

from kubewheel.api import convert, kinds
from kubewheel.api.resources import Resource


def to_stored(obj):
    obj["spec"]["size"] = int(obj["spec"].pop("length"))


def from_stored(obj):
    obj["spec"]["length"] = str(obj["spec"].pop("size"))


KIND = kinds.Kind("example.com", "Widget", conversions={"v1beta1": (to_stored, from_stored)})
V1 = Resource("example.com", "v1", "widgets", "widget", "Widget", True, custom=KIND, storage_version="v1")
BETA = dataclasses.replace(V1, version="v1beta1")
ALPHA = dataclasses.replace(V1, version="v1alpha1")
STORED = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"size": 3}}
SHOWN = {"apiVersion": "example.com/v1beta1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"length": "3"}}


def test_to_and_from_the_stored_form():
    assert convert.to_stored(SHOWN, BETA) == STORED
    assert convert.from_stored(STORED, BETA) == SHOWN
    assert convert.convert(SHOWN, BETA, V1) == STORED
    assert convert.convert(STORED, V1, BETA) == SHOWN


def test_versions_without_conversion_differ_by_name_only():
    assert convert.convert(SHOWN, BETA, ALPHA) == STORED | {"apiVersion": "example.com/v1alpha1"}


@pytest.mark.parametrize("resource", [V1, BETA])
def test_same_form_is_a_copy(resource):
    obj = {**SHOWN, "apiVersion": resource.api_version}
    copied = convert.convert(obj, resource, resource)
    assert copied == obj
    assert copied["spec"] is not obj["spec"]
    assert convert.is_same_form(resource, resource)
