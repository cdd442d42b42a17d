"""Amounts given as a number or as a percentage."""

import pytest

from kubewheel.api.validation import int_or_percent


@pytest.mark.parametrize(("value", "count", "amount"), [
    pytest.param(3, 0, 3, id="number"),
    pytest.param("25%", 0, 25, id="percentage"),
    pytest.param(None, 0, 0, id="none"),
    pytest.param(-1, 1, -1, id="negative"),
    pytest.param("x", 1, 0, id="text"),
])
def test_value(value, count, amount):
    assert len(int_or_percent.validate_int_or_percent(value, "v")) == count
    assert int_or_percent.amount_of(value) == amount


def test_at_most_all():
    assert int_or_percent.validate_at_most_all("100%", "v") == int_or_percent.validate_at_most_all(500, "v") == []
    assert [str(fault) for fault in int_or_percent.validate_at_most_all("101%", "v")] == [
        'v: Invalid value: "101%": must not be greater than 100%'
    ]
