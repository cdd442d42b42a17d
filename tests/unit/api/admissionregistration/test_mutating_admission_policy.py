"""MutatingAdmissionPolicy."""

import pytest

from kubewheel.api.admissionregistration.mutating_admission_policy import KIND

RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
APPLY = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}


def created(**spec):
    made = {
        "metadata": {"name": "m"},
        "spec": {
            "matchConstraints": {"resourceRules": [dict(RULE)]}, "mutations": [APPLY], "reinvocationPolicy": "Never",
            **spec,
        },
    }
    KIND.default(made)
    return made


@pytest.mark.parametrize(("spec", "fields"), [
    pytest.param({}, [], id="good"),
    pytest.param({"mutations": []}, ["spec.mutations"], id="nothing"),
    pytest.param({"mutations": [{}]}, ["spec.mutations[0].patchType"], id="no-type"),
    pytest.param({"mutations": [{"patchType": "Guess"}]}, ["spec.mutations[0].patchType"], id="type"),
    pytest.param(
        {"mutations": [{**APPLY, "patchType": "JSONPatch"}]},
        ["spec.mutations[0].applyConfiguration", "spec.mutations[0].jsonPatch"], id="other-field",
    ),
    pytest.param({"reinvocationPolicy": None}, ["spec.reinvocationPolicy"], id="no-policy"),
    pytest.param({"reinvocationPolicy": "Often"}, ["spec.reinvocationPolicy"], id="policy"),
])
def test_validate(spec, fields):
    assert [fault.field for fault in KIND.validate(created(**spec))] == fields


def test_row():
    assert list(KIND.row(created(), 0)) == ["m", 1, "<unset>", "<unknown>"]
