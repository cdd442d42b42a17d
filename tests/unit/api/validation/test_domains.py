"""Domain names."""

import pytest

from kubewheel.api.validation import domains


@pytest.mark.parametrize(("value", "expected"), [
    pytest.param("a.b", [], id="good"),
    pytest.param("a.b.", [], id="dot"),
    pytest.param("a", [domains.TOO_SHORT], id="short"),
    pytest.param("", [""], id="empty"),
])
def test_full_name(value, expected):
    assert [fault.detail for fault in domains.validate_full_name(value, "d")] == expected


@pytest.mark.parametrize(("value", "expected"), [
    pytest.param("a.b.c", [], id="good"),
    pytest.param("a.b", [domains.TOO_FEW], id="short"),
    pytest.param("", [""], id="empty"),
])
def test_qualified(value, expected):
    assert [fault.detail for fault in domains.validate_qualified(value, "d")] == expected
