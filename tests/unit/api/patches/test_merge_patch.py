"""JSON merge patches: the examples of RFC 7386, and its properties."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api.patches import merge_patch

SCALAR = st.booleans() | st.integers(-9, 9) | st.text(alphabet="ab", max_size=2)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)
OBJECT = st.dictionaries(st.sampled_from("abc"), VALUE, max_size=3)


@pytest.mark.parametrize(("original", "patch", "expected"), [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ({"a": 1}, {"a": {"b": None, "c": 2}}, {"a": {"c": 2}}),
])
def test_examples(original, patch, expected):
    before = copy.deepcopy((original, patch))
    assert merge_patch.apply(original, patch) == expected
    assert (original, patch) == before


def difference(old, new):
    """Return the patch that makes `new` of `old`."""
    patch = {key: None for key in old if key not in new}
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            patch[key] = difference(old[key], value)
        elif key not in old or old[key] != value or type(old[key]) is not type(value):
            patch[key] = value
    return patch


@given(OBJECT, OBJECT)
def test_a_difference_leads_to_its_goal(old, new):
    assert merge_patch.apply(old, difference(old, new)) == new


@given(OBJECT, OBJECT)
def test_applying_twice_changes_nothing_more(original, patch):
    once = merge_patch.apply(original, patch)
    assert merge_patch.apply(once, patch) == once
