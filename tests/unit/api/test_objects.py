"""Copies of objects."""

from kubewheel.api import objects


def test_copies_are_deep():
    obj = {"metadata": {"labels": {"a": "b"}}, "list": [1, {"c": None}]}
    copied = objects.copy(obj)
    assert copied == obj
    copied["metadata"]["labels"]["a"] = "x"
    copied["list"][1]["c"] = 1
    assert obj == {"metadata": {"labels": {"a": "b"}}, "list": [1, {"c": None}]}
