"""JSON patches: the operations of RFC 6902."""

import contextlib
import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api.errors import StatusError
from kubewheel.api.patches import json_patch


def op(name, path, **extra):
    return {"op": name, "path": path, **extra}


@pytest.mark.parametrize(("original", "operations", "expected"), [
    ({"foo": "bar"}, [op("add", "/baz", value="qux")], {"baz": "qux", "foo": "bar"}),
    ({"foo": ["bar", "baz"]}, [op("add", "/foo/1", value="qux")], {"foo": ["bar", "qux", "baz"]}),
    ({"foo": ["bar"]}, [op("add", "/foo/-", value=["abc"])], {"foo": ["bar", ["abc"]]}),
    ({"foo": ["a"]}, [op("add", "/foo/1", value="b")], {"foo": ["a", "b"]}),
    ({"foo": []}, [op("add", "/foo/0", value="b")], {"foo": ["b"]}),
    ({"baz": "qux", "foo": "bar"}, [op("remove", "/baz")], {"foo": "bar"}),
    ({"foo": ["a", "b", "c"]}, [op("remove", "/foo/1")], {"foo": ["a", "c"]}),
    ({"foo": ["a", "b"]}, [op("remove", "/foo/-1")], {"foo": ["a"]}),
    ({"baz": "qux"}, [op("replace", "/baz", value="boo")], {"baz": "boo"}),
    ({"foo": [1, 2]}, [op("replace", "/foo/1", value=3)], {"foo": [1, 3]}),
    ({"a": 1}, [op("replace", "", value={"b": 2})], {"b": 2}),
    ({"foo": {"bar": "baz", "waldo": "fred"}, "qux": {}}, [op("move", "/qux/thud", **{"from": "/foo/waldo"})],
     {"foo": {"bar": "baz"}, "qux": {"thud": "fred"}}),
    ({"foo": ["all", "grass", "cows", "eat"]}, [op("move", "/foo/3", **{"from": "/foo/1"})],
     {"foo": ["all", "cows", "eat", "grass"]}),
    ({"a": {"b": 1}}, [op("copy", "/c", **{"from": "/a"}), op("replace", "/c/b", value=2)],
     {"a": {"b": 1}, "c": {"b": 2}}),
    ({"a": ["x"]}, [op("copy", "/a/-", **{"from": "/a/0"})], {"a": ["x", "x"]}),
    ({"a/b": 1, "m~n": 2}, [op("test", "/a~1b", value=1), op("remove", "/m~0n")], {"a/b": 1}),
    ({"a": 1}, [op("test", "/a", value=1.0), op("test", "/b", value=None)], {"a": 1}),
    ({"a": {"b": [1, {"c": True}]}}, [op("test", "/a", value={"b": [1, {"c": True}]})], {"a": {"b": [1, {"c": True}]}}),
    ({"a": 1}, [op("add", "/b")], {"a": 1, "b": None}),
])
def test_operations(original, operations, expected):
    before = copy.deepcopy((original, operations))
    assert json_patch.apply(original, operations) == expected
    assert (original, operations) == before


@pytest.mark.parametrize(("original", "operations", "code", "message"), [
    ({"a": 1}, [op("test", "/a", value=2)], 422, "testing value /a failed: test failed"),
    ({"a": 1}, [op("test", "/a", value=True)], 422, "testing value /a failed: test failed"),
    ({"a": 1}, [op("test", "/b", value=2)], 422, "testing path /b failed"),
    ({"a": 1}, [op("remove", "/b")], 422, "Unable to remove nonexistent key: b: missing value"),
    ({"a": 1}, [op("replace",
    "/b", value=1)], 422, "replace operation does not apply: doc is missing key: /b: missing value"),
    ({"a": 1}, [op("add",
    "/b/c", value=1)], 422, 'add operation does not apply: doc is missing path: "/b/c": missing value'),
    ({"a": 1}, [op("add",
    "/a/c", value=1)], 422, 'add operation does not apply: doc is missing path: "/a/c": missing value'),
    ({"a": [1]}, [op("add", "/a/5", value=1)], 422, "Unable to access invalid index: 5"),
    ({"a": [1]}, [op("remove", "/a/1")], 422, "Unable to access invalid index: 1"),
    ({"a": [1]}, [op("replace", "/a/01", value=1)], 422, "is no index of a list"),
    ({"a": [1]}, [op("remove", "/a/-")], 422, "is no index of a list"),
    ({"a": [1]}, [op("add", "a", value=1)], 422, "is no JSON pointer"),
    ({"a": {}}, [op("move", "/a/b", **{"from": "/a"})], 422, "lies inside of /a"),
    ({"a": 1}, [op("move", "/a")], 422, "missing from field"),
    ({"a": 1}, [op("spin", "/a")], 422, "Unexpected kind: spin"),
    ({"a": 1}, [{"op": ["add"], "path": "/a"}], 422, "Unexpected kind"),
    ({"a": 1}, [op("remove", "")], 422, "leaves no object"),
    ({"a": 1}, {"op": "add"}, 400, "cannot unmarshal object into Go value of type jsonpatch.Patch"),
    ({"a": 1}, ["add"], 400, "jsonpatch.Operation"),
    ({"a": 1}, [op("test", "/a", value=1)] * 10_001, 413, "maximum operations in a JSON patch is 10000, got 10001"),
])
def test_faults(original, operations, code, message):
    before = copy.deepcopy(original)
    with pytest.raises(StatusError) as caught:
        json_patch.apply(original, operations)
    assert caught.value.code == code
    assert message in caught.value.message
    assert original == before


def test_copies_cannot_grow_without_bound():
    bomb = [op("copy", f"/a{number}", **{"from": ""}) for number in range(40)]
    with pytest.raises(StatusError, match="exceeding the limit"):
        json_patch.apply({"a": "x" * 1000}, bomb)
    nest = [op("copy", "/a/a", **{"from": "/a"})] * 300
    with pytest.raises(StatusError, match="exceed"):
        json_patch.apply({"a": {}}, nest)


POINTER = st.lists(st.sampled_from(["a", "b", "0", "1", "-", "~0",
"-1"]), max_size=3).map(lambda parts: "".join("/" + p for p in parts))
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
)
STEP = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": POINTER},
    optional={"from": POINTER, "value": VALUE},
)


@given(st.dictionaries(st.sampled_from("ab"), VALUE), st.lists(STEP, max_size=4) | VALUE)
def test_nothing_but_status_errors(original, operations):
    before = copy.deepcopy(original)
    with contextlib.suppress(StatusError):
        json_patch.apply(original, operations)
    assert original == before
