"""Figures say what they are compared with."""

import pytest

from kubewheel.bench.row import Figure, number


@pytest.mark.parametrize(("figure", "expected"), [
    pytest.param(Figure("create", 2000.4, "/s"), "create 2,000/s", id="alone"),
    pytest.param(Figure("create", 910, "/s", 455), "create 910/s (2.0x the anchor)", id="anchor"),
    pytest.param(Figure("create", 910, "/s", 455, 91), "create 910/s (10.0x upstream here)", id="upstream"),
    pytest.param(Figure("start", 0.5, " s", 4, more_is_better=False), "start 0.50 s (8.0x the anchor)", id="less"),
    pytest.param(Figure("failed", 0, " of 9", 4, more_is_better=False), "failed 0 of 9", id="nothing"),
])
def test_text(figure, expected):
    assert str(figure) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, "0"), (12345.6, "12,346"), (12.34, "12.3"), (0.123, "0.12")])
def test_number(value, expected):
    assert number(value) == expected
