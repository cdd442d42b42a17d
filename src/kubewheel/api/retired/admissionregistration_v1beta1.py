"""admissionregistration.k8s.io/v1beta1: webhooks that fail are ignored, and may have any side effects."""

import dataclasses
from typing import Any

from kubewheel.api.defaults.fields import fill, fill_empty
from kubewheel.api.kinds import Kind
from kubewheel.api.retired.definitions import Struct
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object

SIDE_EFFECTS = ("Unknown", "None", "Some", "NoneOnDryRun")


def to_stored(configuration: dict[str, Any]) -> None:
    """Write down what v1beta1 takes for granted."""
    for webhook in configuration.get("webhooks") or []:
        fill(webhook, "failurePolicy", "Ignore")
        fill(webhook, "matchPolicy", "Exact")
        fill(webhook, "timeoutSeconds", 30)
        fill(webhook, "sideEffects", "Unknown")
        fill_empty(webhook, "admissionReviewVersions", ["v1beta1"])


def from_stored(_: dict[str, Any]) -> None:
    """Show it as it is stored: everything is written down."""


def adjust(kind: Kind) -> Kind:
    """Accept side effects that v1 refuses."""

    def validate(configuration: Object) -> Faults:
        webhooks = configuration.get("webhooks") or []
        allowed = {
            f"webhooks[{index}].sideEffects" for index, webhook in enumerate(webhooks)
            if webhook.get("sideEffects") in SIDE_EFFECTS
        }
        return [fault for fault in kind.validate(configuration) if fault.field not in allowed]

    return dataclasses.replace(kind, validate=validate)


CONVERSIONS = {
    "MutatingWebhookConfiguration": (to_stored, from_stored),
    "ValidatingWebhookConfiguration": (to_stored, from_stored),
}
_OPTIONAL = Struct(optional=("sideEffects", "admissionReviewVersions"))
STRUCTS = {"MutatingWebhook": _OPTIONAL, "ValidatingWebhook": _OPTIONAL}
