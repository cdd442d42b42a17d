"""Fields of values and differences between them."""

import pytest

from kubewheel.api.apply import shapes, walks

POD = shapes.of_kind("", "v1", "Pod")


def pod(**container):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "uid": "1"},
            "spec": {"containers": [{"name": "c", **container}]}}


C = 'k:{"name":"c"}'


def containers(fields):
    return {"f:spec": {"f:containers": {C: fields}}}


def test_applied_fields():
    found = walks.fields_of(POD, pod(image="i", env=[{"name": "A", "value": "1"}], command=["x"]))
    assert found == containers({
        ".": {}, "f:name": {}, "f:image": {}, "f:command": {},
        "f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}},
    })


def test_empty_maps_are_fields():
    found = walks.fields_of(POD, {"metadata": {"labels": {}, "finalizers": []}, "spec": {"securityContext": {}}})
    assert found == {"f:metadata": {"f:labels": {}}, "f:spec": {"f:securityContext": {}}}


@pytest.mark.parametrize(("ports", "message"), [
    ([{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}],
     '.spec.containers[name="c"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]'),
    (["x"], '.spec.containers[name="c"].ports: element 0: associative list with keys may not have non-map elements'),
])
def test_lists_without_names_are_refused(ports, message):
    with pytest.raises(walks.Unusable) as caught:
        walks.fields_of(POD, pod(ports=ports))
    assert str(caught.value) == message


@pytest.mark.parametrize(("old", "new", "changed", "removed"), [
    pytest.param({"image": "a"}, {"image": "a"}, None, None, id="same"),
    pytest.param({"image": "a"}, {"image": "b"}, {"f:image": {}}, None, id="scalar"),
    pytest.param({"command": ["a"]}, {"command": ["a", "b"]}, {"f:command": {}}, None, id="atomic-list"),
    pytest.param({}, {"image": "a"}, {"f:image": {}}, None, id="added"),
    pytest.param({"image": "a"}, {}, None, {"f:image": {}}, id="removed"),
    pytest.param({}, {"livenessProbe": {"periodSeconds": 1}},
                 {"f:livenessProbe": {".": {}, "f:periodSeconds": {}}}, None, id="added-struct"),
    pytest.param({"resources": {}}, {"resources": {"limits": {"cpu": "1"}}},
                 {"f:resources": {"f:limits": {".": {}, "f:cpu": {}}}}, None, id="inside"),
    pytest.param({"env": [{"name": "A"}]}, {"env": [{"name": "B"}]},
                 {"f:env": {'k:{"name":"B"}': {".": {}, "f:name": {}}}},
                 {"f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}}}}, id="items"),
    pytest.param({"env": [{"name": "A"}, {"name": "A"}]}, {"env": [{"name": "A"}]},
                 {"f:env": {'k:{"name":"A"}': {}}}, None, id="twice"),
])
def test_differences(old, new, changed, removed):
    expected = tuple(containers(each) if each else None for each in (changed, removed))
    assert walks.differences(POD, pod(**old), pod(**new)) == expected


def test_sets_differ_by_value():
    old, new = {"metadata": {"finalizers": ["a", "b"]}}, {"metadata": {"finalizers": ["b", "c"]}}
    changed, removed = walks.differences(POD, old, new)
    assert changed == {"f:metadata": {"f:finalizers": {'v:"c"': {}}}}
    assert removed == {"f:metadata": {"f:finalizers": {'v:"a"': {}}}}


def test_what_the_server_decides_is_nobodys():
    assert walks.differences(POD, pod(), {**pod(), "metadata": {"name": "q", "generation": 2}}) == (None, None)
