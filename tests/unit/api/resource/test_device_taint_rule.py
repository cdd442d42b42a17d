"""DeviceTaintRule."""

from kubewheel.api.resource.device_taint_rule import KIND


def test_validate():
    made = {"metadata": {"name": "r"}, "spec": {"taint": {"key": "broken", "effect": "NoExecute"}}}
    assert KIND.validate(made) == []
    assert list(KIND.row(made, 0)) == ["r", "<unknown>"]
    spec = {"deviceSelector": {"driver": ""}, "taint": {"key": "a b", "effect": "Some"}}
    assert [fault.field for fault in KIND.validate({"spec": spec})] == [
        "spec.deviceSelector.driver", "spec.taint.key", "spec.taint.effect",
    ]
