"""Binding."""

from kubewheel.api.core.binding import KIND


def test_binding():
    assert KIND.validate({"target": {"kind": "Node", "name": "n"}}) == []
    assert [fault.field for fault in KIND.validate({})] == ["target.name"]
