"""ValidatingAdmissionPolicyBinding."""

import pytest

from kubewheel.api.admissionregistration.validating_admission_policy_binding import KIND


@pytest.mark.parametrize(("actions", "fields"), [
    pytest.param(["Deny", "Audit"], [], id="good"),
    pytest.param([], ["spec.validationActions"], id="none"),
    pytest.param(["Shout", "Audit", "Audit"], ["spec.validationActions[0]", "spec.validationActions[2]"], id="unknown"),
    pytest.param(["Deny", "Warn"], ["spec.validationActions"], id="both"),
])
def test_actions(actions, fields):
    found = KIND.validate({"spec": {"policyName": "p", "validationActions": actions}})
    assert [fault.field for fault in found] == fields
