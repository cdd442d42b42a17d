"""ServiceAccount."""

from kubewheel.api.core.service_account import KIND


def test_account():
    obj = {"metadata": {"name": "robot"}, "secrets": [{"name": "a", "namespace": "other"}]}
    KIND.default(obj)
    assert obj["secrets"] == [{"name": "a"}]
    assert KIND.row(obj, 0) == ("robot", 1, "<unknown>")
    assert KIND.validate(obj) == []
