"""ResourceClaimTemplate."""

from kubewheel.api.resource.resource_claim_template import KIND


def test_validate():
    request = {"name": "a", "exactly": {"deviceClassName": "x"}}
    made = {"metadata": {"name": "t"}, "spec": {"spec": {"devices": {"requests": [request]}}}}
    KIND.default(made)
    assert request["exactly"]["count"] == 1
    assert KIND.validate(made) == []
    assert list(KIND.row(made, 0)) == ["t", "<unknown>"]
    assert [fault.field for fault in KIND.validate({"spec": {"metadata": {"labels": {"a b": "c"}}}})] == [
        "spec.metadata.labels"
    ]
    assert [fault.field for fault in KIND.validate_update({"spec": {}}, made)] == ["spec"]
