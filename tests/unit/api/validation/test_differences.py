"""Differences."""

from kubewheel.api.validation import differences


def test_nothing_is_as_good_as_absent():
    assert differences.is_same({"a": None, "b": [], "c": {"d": ""}, "e": 1}, {"e": 1})
    assert not differences.is_same({"a": False}, {})
    assert not differences.is_same([1], [1, 2])


def test_description():
    old = {"a": {"b": [1, 2]}, "c": "x"}
    new = {"a": {"b": [1, 3, 4]}, "d": "y"}
    assert differences.describe(old, new, "spec") == "\n".join([
        "- spec.a.b[1]: 2", "+ spec.a.b[1]: 3", "+ spec.a.b[2]: 4", "- spec.c: \"x\"", "+ spec.d: \"y\"",
    ])


def test_description_is_short():
    assert len(differences.describe({}, {str(index): index + 1 for index in range(99)}, "p").splitlines()) == 20
