"""IPAddress."""

import pytest

from kubewheel.api.networking.ip_address import KIND

PARENT = {"resource": "services", "namespace": "default", "name": "kubernetes"}


@pytest.mark.parametrize(("name", "expected"), [
    pytest.param("10.0.0.1", [], id="v4"),
    pytest.param("fd00::1", [], id="v6"),
    pytest.param("fd00:0::1", ['must be in canonical form ("fd00::1")'], id="long-form"),
    pytest.param("a", ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"], id="no-address"),
])
def test_name(name, expected):
    assert KIND.validate_name(name) == expected


def test_validate():
    assert KIND.validate({"spec": {"parentRef": PARENT}}) == []
    assert [fault.field for fault in KIND.validate({})] == ["spec.parentRef"]
    found = KIND.validate({"spec": {"parentRef": {"group": "A"}}})
    assert [fault.field for fault in found] == [
        "spec.parentRef.group", "spec.parentRef.resource", "spec.parentRef.name",
    ]


def test_parent_is_immutable():
    assert [fault.field for fault in KIND.validate_update({}, {"spec": {"parentRef": PARENT}})] == ["spec.parentRef"]


def test_row():
    made = {"metadata": {"name": "10.0.0.1"}, "spec": {"parentRef": PARENT}}
    assert list(KIND.row(made, 0)) == ["10.0.0.1", "services/default/kubernetes", "<unknown>"]
    made["spec"]["parentRef"] = {"group": "a.b", "resource": "things", "name": "x"}
    assert list(KIND.row(made, 0))[1] == "things.a.b/x"
