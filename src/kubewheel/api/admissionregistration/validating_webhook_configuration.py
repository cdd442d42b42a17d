"""ValidatingWebhookConfiguration: webhooks that may refuse requests."""

from kubewheel.api.admissionregistration import webhooks
from kubewheel.api.kinds import AGE, NAME, Column, Kind

KIND = Kind(
    "admissionregistration.k8s.io", "ValidatingWebhookConfiguration", default=webhooks.default,
    validate=webhooks.validate, has_generation=True, row=webhooks.row,
    columns=(NAME, Column("Webhooks", "integer", description="Number of webhooks."), AGE),
)
