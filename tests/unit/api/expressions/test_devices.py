"""Expressions that select devices: what they can refer to, and how much work they may be."""

import pytest

from kubewheel.api.expressions import Invalid, devices

NUMBERS = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
WORK = "".join(f"{NUMBERS}.all(z{index}, " for index in range(7)) + "int('1'.find('[0-9]*')) < 100" + ")" * 7


@pytest.mark.parametrize(("text", "is_cheap"), [
    ('device.driver == "dra.example.com"', True),
    ('device.attributes["dra.example.com"].model == "x" && device.allowMultipleAllocations', True),
    ('device.capacity["dra.example.com"].memory.compareTo(quantity("1Gi")) >= 0', True),
    ('device.attributes["dra.example.com"].version.isGreaterThan(semver("0.0.1"))', True),
    ('cel.bind(dra, device.attributes["dra.example.com"], dra.oneBool && dra.anotherBool)', True),
    ('device.attributes.all(d, device.attributes[d].all(k, k != "" && device.attributes[d][k] != "x"))', True),
    ('device.attributes["a.b"]["services"].contains("example")', True), ('device.attributes["a.b"].isOn', True),
    ("device.capacity.all(d, device.capacity[d].all(k, d.startsWith(k)))", True), (WORK, False),
])
def test_costs(text: str, is_cheap: bool) -> None:
    assert devices.check(text) is is_cheap


@pytest.mark.parametrize(("text", "message"), [
    ("device.nope == 1", "compilation failed: ERROR: <input>:1:7: undefined field 'nope'"),
    ("other", "compilation failed: ERROR: <input>:1:1: undeclared reference to 'other'"),
    ("device.driver", "must evaluate to bool or the unknown type, not string"),
    ("", "compilation failed: ERROR: <input>:1:1: Syntax error: mismatched input '<EOF>'"),
])
def test_refused(text: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        devices.check(text)
    assert str(caught.value).startswith(message)
