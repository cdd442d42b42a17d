"""IngressClass."""

import pytest

from kubewheel.api.networking.ingress_class import KIND


def created(controller="example.com/c", **parameters):
    made = {"metadata": {"name": "c"}, "spec": {"controller": controller}}
    if parameters:
        made["spec"]["parameters"] = {"kind": "K", "name": "n", **parameters}
    KIND.default(made)
    return made


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created(), [], id="good"),
    pytest.param(created(apiGroup="a.b"), [], id="cluster-parameters"),
    pytest.param(created(scope="Namespace", namespace="ns"), [], id="namespaced-parameters"),
    pytest.param(created(""), ["spec.controller: Required value"], id="no-controller"),
    pytest.param(
        created("c"),
        ['spec.controller: Invalid value: "c": must be a domain-prefixed path (such as "acme.io/foo")'],
        id="controller",
    ),
    pytest.param(
        created(namespace="ns"),
        ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"], id="namespace",
    ),
    pytest.param(
        created(scope="Namespace"),
        ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"], id="no-namespace",
    ),
    pytest.param(
        created(scope="World"),
        ['spec.parameters.scope: Unsupported value: "World": supported values: "Cluster", "Namespace"'], id="scope",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_controller_is_immutable():
    assert [fault.field for fault in KIND.validate_update(created("a.b/c"), created())] == ["spec.controller"]


def test_row():
    assert list(KIND.row(created(apiGroup="a.b"), 0)) == ["c", "example.com/c", "K.a.b/n", "<unknown>"]
    assert list(KIND.row(created(), 0))[2] == "<none>"
