"""Merging and taking out."""

import pytest

from kubewheel.api.apply import merging, shapes

POD = shapes.of_kind("", "v1", "Pod")


def merged(live, config):
    return merging.merged(POD, {"spec": live}, {"spec": config})["spec"]


def names(*letters):
    return [{"name": letter} for letter in letters]


@pytest.mark.parametrize(("live", "config", "expected"), [
    pytest.param("a", "b", "ab", id="append"),
    pytest.param("abc", "cb", "acb", id="own-order"),
    pytest.param("axb", "ba", "xba", id="shared-reversed"),
    pytest.param("xay", "nab", "xnayb", id="among"),
    pytest.param("", "ab", "ab", id="new"),
    pytest.param("ab", "", "ab", id="nothing"),
])
def test_order_of_items(live, config, expected):
    found = merged({"containers": names(*live)}, {"containers": names(*config)})
    assert "".join(each["name"] for each in found["containers"]) == expected


def test_parts_merge_and_wholes_replace():
    live = {"nodeSelector": {"a": "1"}, "containers": [{"name": "c", "image": "i", "command": ["x"]}]}
    config = {"nodeSelector": {"b": "2"}, "containers": [{"name": "c", "command": ["y"]}]}
    assert merged(live, config) == {
        "nodeSelector": {"b": "2"}, "containers": [{"name": "c", "image": "i", "command": ["y"]}],
    }


def test_stored_duplicates_stay_until_applied():
    live = {"containers": [{"name": "c", "image": "1"}, {"name": "c", "image": "2"}]}
    assert merged(live, {"containers": names("d")})["containers"] == [*live["containers"], {"name": "d"}]
    assert merged(live, {"containers": names("c")})["containers"] == names("c")


def test_without():
    value = {"metadata": {"labels": {"a": "1"}, "finalizers": ["x", "y"]}, "spec": {"containers": names("c", "d")}}
    gone = {
        "f:metadata": {"f:labels": {"f:a": {}}, "f:finalizers": {'v:"x"': {}}},
        "f:spec": {"f:containers": {'k:{"name":"d"}': {".": {}, "f:name": {}}}},
    }
    assert merging.without(POD, value, gone) == {
        "metadata": {"finalizers": ["y"]}, "spec": {"containers": names("c")},
    }


def test_abandoned_structs_go_unless_somebody_owns_a_field():
    last = {"f:spec": {"f:securityContext": {"f:runAsUser": {}}, "f:hostname": {}}}
    assert merging.abandoned(POD, last, {"f:spec": {"f:hostname": {}}}) == {"f:spec": {"f:securityContext": {}}}
    shared = {"f:spec": {"f:securityContext": {"f:fsGroup": {}}, "f:hostname": {}}}
    assert merging.abandoned(POD, last, shared) == {"f:spec": {"f:securityContext": {"f:runAsUser": {}}}}
