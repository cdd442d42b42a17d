"""What the two kinds of webhook configurations share."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.admissionregistration import match, programs, rules
from kubewheel.api.defaults.fields import fill
from kubewheel.api.validation import domains, labels, webhooks
from kubewheel.api.validation.faults import Faults, duplicate, each, invalid, option, required, unsupported
from kubewheel.libs.wire import Object

REVIEW_VERSIONS = ("v1", "v1beta1")
SIDE_EFFECTS = ("None", "NoneOnDryRun")
REINVOCATIONS = ("Never", "IfNeeded")
TIMEOUT_SECONDS, LONGEST_SECONDS = 10, 30


def default(configuration: dict[str, Any]) -> None:
    """Complete a configuration."""
    mutating = configuration.get("kind") == "MutatingWebhookConfiguration"
    for webhook in configuration.get("webhooks") or []:
        fill(webhook, "failurePolicy", "Fail")
        fill(webhook, "matchPolicy", "Equivalent")
        fill(webhook, "timeoutSeconds", TIMEOUT_SECONDS)
        fill(webhook, "namespaceSelector", {})
        fill(webhook, "objectSelector", {})
        if mutating:
            fill(webhook, "reinvocationPolicy", "Never")
        service = (webhook.get("clientConfig") or {}).get("service")
        if service is not None:
            fill(service, "port", webhooks.PORT)
        rules.default(webhook.get("rules"))


def _validate_versions(versions: Sequence[str], path: str) -> Faults:
    listed = ", ".join(REVIEW_VERSIONS)
    if not versions:
        return [required(path, f"must specify one of {listed}")]
    faults: Faults = []
    for index, version in enumerate(versions):
        if version in versions[:index]:
            faults.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        faults += each(f"{path}[{index}]", version, names.dns_1035_label(version))
    if not set(versions) & {*REVIEW_VERSIONS}:
        faults.append(invalid(path, versions, f"must include at least one of {listed}"))
    return faults


def _validate_webhook(webhook: Object, path: str, *, mutating: bool) -> Faults:
    faults = domains.validate_qualified(webhook.get("name") or "", f"{path}.name")
    faults += rules.validate(webhook.get("rules"), f"{path}.rules")
    faults += option(f"{path}.failurePolicy", webhook.get("failurePolicy"), match.FAILURE_POLICIES)
    faults += option(f"{path}.matchPolicy", webhook.get("matchPolicy"), match.MATCH_POLICIES)
    effects = webhook.get("sideEffects")
    if effects is None:
        faults.append(required(f"{path}.sideEffects", f"must specify one of {', '.join(SIDE_EFFECTS)}"))
    elif effects not in SIDE_EFFECTS:
        faults.append(unsupported(f"{path}.sideEffects", effects, SIDE_EFFECTS))
    seconds = webhook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= LONGEST_SECONDS:
        detail = "the timeout value must be between 1 and 30 seconds"
        faults.append(invalid(f"{path}.timeoutSeconds", seconds, detail))
    for name in ("namespaceSelector", "objectSelector"):
        faults += labels.validate_label_selector(webhook.get(name), f"{path}.{name}")
    if mutating:
        faults += option(f"{path}.reinvocationPolicy", webhook.get("reinvocationPolicy"), REINVOCATIONS)
    faults += webhooks.validate_client(webhook.get("clientConfig") or {}, f"{path}.clientConfig")
    faults += _validate_versions(webhook.get("admissionReviewVersions") or [], f"{path}.admissionReviewVersions")
    faults += match.validate_conditions(webhook.get("matchConditions"), f"{path}.matchConditions")
    return faults + programs.condition_faults(webhook.get("matchConditions") or (), f"{path}.matchConditions")


def validate(configuration: Object) -> Faults:
    """Return the faults of a configuration."""
    mutating = configuration.get("kind") == "MutatingWebhookConfiguration"
    faults: Faults = []
    seen: set[str] = set()
    for index, webhook in enumerate(configuration.get("webhooks") or []):
        path, name = f"webhooks[{index}]", webhook.get("name") or ""
        faults += _validate_webhook(webhook, path, mutating=mutating)
        if name in seen:
            faults.append(duplicate(f"{path}.name", name))
        seen.add(name)
    return faults


def row(configuration: Object, now: float) -> list[Any]:
    """Return the cells of a configuration."""
    return [cells.name(configuration), len(configuration.get("webhooks") or []), cells.age(configuration, now)]
