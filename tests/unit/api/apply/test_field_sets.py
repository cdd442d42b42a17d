"""Field sets in the form of managedFields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubewheel.api.apply import field_sets
from kubewheel.api.apply.field_sets import MEMBER

PATHS = st.lists(st.lists(st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', "v:1"]), min_size=1, max_size=3), max_size=8)


def of(*paths):
    result = {}
    for path in paths:
        node = MEMBER
        for element in reversed(path):
            node = {element: node}
        result = field_sets.union(result, node) if result else node
    return result


def members(node, path=()):
    found = {path} if path and field_sets.is_member(node) else set()
    for element, child in node.items():
        if element != ".":
            found |= members(child, (*path, element))
    return found


@given(PATHS, PATHS)
def test_sets_behave_as_sets(one, other):
    first, second = of(*one), of(*other)
    mine, theirs = {tuple(path) for path in one}, {tuple(path) for path in other}
    if first and second:
        assert members(field_sets.union(first, second)) == mine | theirs
    assert members(field_sets.intersection(first, second) or {}) == mine & theirs
    assert members(field_sets.difference(first, second) or {}) == mine - theirs


def test_union_keeps_a_set_that_has_all():
    known = of(["f:a", "f:b"], ["f:a"])
    assert field_sets.union(known, of(["f:a"])) is known


def test_leaves():
    assert list(field_sets.leaves(of(["f:b"], ["f:a"], ["f:a", "f:c"]))) == [("f:a", "f:c"), ("f:b",)]


@pytest.mark.parametrize(("path", "there"), [
    (("f:a",), True), (("f:a", "f:b"), True), (("f:c",), False), (("f:c", "f:d"), True), (("f:x",), False),
])
def test_has(path, there):
    assert field_sets.has({"f:a": {".": {}, "f:b": {}}, "f:c": {"f:d": {}}}, path) is there


def test_path_text():
    path = ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:port")
    assert field_sets.path_text(path) == '.spec.ports[port=80,protocol="TCP"].port'
    assert field_sets.path_text(("f:a", 'v:"x"', "i:3")) == '.a[="x"][3]'


def test_parse_makes_sets_canonical():
    given_set = {"f:a": {'k:{"b": 1, "a": "x"}': {".": {}}, 'v: "y"': {}}, "i:03": {}}
    assert field_sets.parse(given_set) == {"f:a": {'k:{"a":"x","b":1}': {}, 'v:"y"': {}}, "i:3": {}}


@pytest.mark.parametrize("given_set", [[], {"x": {}}, {"q:a": {}}, {"k:[]": {}}, {"v:{": {}}, {"i:x": {}}, {"f:a": 1}])
def test_parse_refuses(given_set):
    with pytest.raises(ValueError, match=r"."):
        field_sets.parse(given_set)
