"""MutatingAdmissionPolicyBinding."""

from kubewheel.api.admissionregistration.mutating_admission_policy_binding import KIND


def test_validate():
    assert KIND.validate({"spec": {"policyName": "p"}}) == []
    assert [fault.field for fault in KIND.validate({})] == ["spec.policyName"]
