"""Expansion of $(NAME)."""

import pytest

from kubewheel.kubelet.expansion import expand, unknown


@pytest.mark.parametrize(("text", "expected"), [
    ("plain", "plain"), ("$(A)", "1"), ("x$(A)y$(A)", "x1y1"), ("$$(A)", "$(A)"), ("$$$(A)", "$1"), ("$(B)", "$(B)"),
    ("$A", "$A"), ("$(A", "$(A"), ("$$$$", "$$"), ("$(A)$", "1$"), ("", ""),
])
def test_expand(text: str, expected: str) -> None:
    assert expand(text, {"A": "1"}) == expected


def test_unknown() -> None:
    assert unknown("$(A)/$(B)/$$(C)", {"A": "1"}) == ["B"]
