"""Scale."""

from kubewheel.api.autoscaling.scale import KIND


def test_validate():
    assert KIND.validate({"spec": {"replicas": 0}}) == []
    assert [str(fault) for fault in KIND.validate({"spec": {"replicas": -1}})] == [
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    ]
