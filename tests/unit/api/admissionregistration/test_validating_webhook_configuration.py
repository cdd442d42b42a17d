"""ValidatingWebhookConfiguration."""

from kubewheel.api.admissionregistration.validating_webhook_configuration import KIND


def test_kind():
    made = {"kind": KIND.kind, "metadata": {"name": "w"}, "webhooks": [{}]}
    KIND.default(made)
    assert ("reinvocationPolicy" in made["webhooks"][0]) is False
    assert "webhooks[0].name" in [fault.field for fault in KIND.validate(made)]
    assert [column.name for column in KIND.columns] == ["Name", "Webhooks", "Age"]
