"""The Scale of custom objects."""

import pytest

from kubewheel.api.custom import scales
from kubewheel.api.custom.kind import ScalePaths
from kubewheel.api.errors import StatusError

PATHS = ScalePaths(".spec.n", ".status.n", ".status.selector")


def test_of():
    made = {"metadata": {"name": "a", "labels": {"x": "y"}}, "spec": {"n": 2}, "status": {"n": 1, "selector": "a=b"}}
    assert scales.of(made, PATHS) == {
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "a"}, "spec": {"replicas": 2},
        "status": {"replicas": 1, "selector": "a=b"},
    }
    assert scales.of({"metadata": {}, "spec": {"n": 0}}, PATHS)["spec"] == {}


@pytest.mark.parametrize(("content", "text"), [
    pytest.param({}, 'the spec replicas field ".spec.n" does not exist', id="unset"),
    pytest.param({"spec": {"n": "x"}}, ".spec.n accessor error: x is of the type str, expected int64", id="text"),
    pytest.param({"spec": {"n": 1}, "status": {"n": True}},
                 ".status.n accessor error: True is of the type bool, expected int64", id="boolean"),
])
def test_nothing_to_show(content, text):
    with pytest.raises(StatusError) as error:
        scales.of({"metadata": {"name": "a"}, **content}, PATHS)
    assert (error.value.code, error.value.message) == (500, f"Internal error occurred: {text}")


def test_put():
    made = {}
    scales.put(made, 3, PATHS)
    assert made == {"spec": {"n": 3}}
    with pytest.raises(StatusError) as error:
        scales.put(made, scales.to_change({"metadata": {}}, PATHS)["spec"]["replicas"], PATHS)
    assert (error.value.code, error.value.message) == (400, 'the spec replicas field ".spec.n" cannot be empty')
    with pytest.raises(StatusError):
        scales.put({"spec": "text"}, 3, PATHS)
