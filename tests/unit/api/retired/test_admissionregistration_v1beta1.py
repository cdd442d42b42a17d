"""Webhooks of v1beta1."""

import pytest

from kubewheel.api.admissionregistration import webhooks
from kubewheel.api.admissionregistration.mutating_webhook_configuration import KIND
from kubewheel.api.retired import admissionregistration_v1beta1 as version


def configuration(**fields):
    webhook = {"name": "a.example.com", "clientConfig": {"url": "https://example.com"}, **fields}
    return {"kind": "MutatingWebhookConfiguration", "metadata": {"name": "a"}, "webhooks": [webhook]}


def test_what_v1beta1_takes_for_granted():
    made = configuration()
    version.to_stored(made)
    webhook = made["webhooks"][0]
    assert (webhook["failurePolicy"], webhook["matchPolicy"], webhook["timeoutSeconds"]) == ("Ignore", "Exact", 30)
    assert (webhook["sideEffects"], webhook["admissionReviewVersions"]) == ("Unknown", ["v1beta1"])


@pytest.mark.parametrize(("effects", "is_accepted"), [("Some", True), ("None", True), ("Many", False)])
def test_side_effects(effects, is_accepted):
    made = configuration(sideEffects=effects)
    version.to_stored(made)
    webhooks.default(made)
    assert (not version.adjust(KIND).validate(made)) is is_accepted
    version.from_stored(made)
    assert made["webhooks"][0]["sideEffects"] == effects
