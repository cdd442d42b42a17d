"""The spec of a Job, in Jobs and in the template of a CronJob."""

from typing import Any

from kubewheel.api.batch import policies
from kubewheel.api.defaults.fields import fill_empty
from kubewheel.api.validation import pod_template
from kubewheel.api.validation.faults import Faults, each, invalid, not_negative, required, too_long, unsupported
from kubewheel.api.validation.managers import domain_prefixed_path
from kubewheel.libs.wire import Object

INDEXED, NON_INDEXED = "Indexed", "NonIndexed"
NUMBERS = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
    "backoffLimitPerIndex", "maxFailedIndexes",
)
MAX_PARALLELISM = 100_000
MAX_FAILED_INDEXES = 100_000
MANY_COMPLETIONS = 100_000
MAX_PARALLELISM_OF_MANY = 10_000
MAX_FAILED_INDEXES_OF_MANY = 10_000
MANAGER_BYTES = 63
RESTART_POLICIES = ("OnFailure", "Never")
LIMIT_WITH_MANY = (
    "must be less than or equal to {} when completions are above {} and used with backoff limit per index"
)


def default_policies(spec: dict[str, Any]) -> None:
    """Complete the rules on failed pods."""
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or []:
        for pattern in rule.get("onPodConditions") or []:
            fill_empty(pattern, "status", "True")


def is_indexed(spec: Object) -> bool:
    """Return whether each pod of the Job has an index."""
    return spec.get("completionMode") == INDEXED


def _validate_indexed(spec: Object, path: str) -> Faults:
    faults: Faults = []
    completions, parallelism = spec.get("completions"), spec.get("parallelism") or 0
    failed = spec.get("maxFailedIndexes")
    if completions is None:
        faults.append(required(f"{path}.completions", f"when completion mode is {INDEXED}"))
    if parallelism > MAX_PARALLELISM:
        detail = f"must be less than or equal to {MAX_PARALLELISM} when completion mode is {INDEXED}"
        faults.append(invalid(f"{path}.parallelism", parallelism, detail))
    if failed is not None:
        here = f"{path}.maxFailedIndexes"
        if completions is not None and failed > completions:
            faults.append(invalid(here, failed, "must be less than or equal to completions"))
        if failed > MAX_FAILED_INDEXES:
            faults.append(invalid(here, failed, f"must be less than or equal to {MAX_FAILED_INDEXES}"))
    if (completions or 0) > MANY_COMPLETIONS and spec.get("backoffLimitPerIndex") is not None:
        faults += _validate_many(spec, path)
    return faults


def _validate_many(spec: Object, path: str) -> Faults:
    faults: Faults = []
    parallelism, failed = spec.get("parallelism") or 0, spec.get("maxFailedIndexes")
    if failed is None:
        detail = f"must be specified when completions is above {MANY_COMPLETIONS}"
        faults.append(required(f"{path}.maxFailedIndexes", detail))
    if parallelism > MAX_PARALLELISM_OF_MANY:
        detail = LIMIT_WITH_MANY.format(MAX_PARALLELISM_OF_MANY, MANY_COMPLETIONS)
        faults.append(invalid(f"{path}.parallelism", parallelism, detail))
    if (failed or 0) > MAX_FAILED_INDEXES_OF_MANY:
        detail = LIMIT_WITH_MANY.format(MAX_FAILED_INDEXES_OF_MANY, MANY_COMPLETIONS)
        faults.append(invalid(f"{path}.maxFailedIndexes", failed, detail))
    return faults


def _validate_mode(spec: Object, path: str) -> Faults:
    mode = spec.get("completionMode")
    if mode == INDEXED:
        return _validate_indexed(spec, path)
    faults: Faults = []
    if mode not in (None, NON_INDEXED):
        return [unsupported(f"{path}.completionMode", mode, (NON_INDEXED, INDEXED))]
    for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
        if spec.get(name) is not None:
            faults.append(invalid(f"{path}.{name}", spec[name], "requires indexed completion mode"))
    return faults


def _validate_manager(manager: str | None, path: str) -> Faults:
    if manager is None:
        return []
    faults = each(path, manager, domain_prefixed_path(manager)) if manager else [required(path)]
    return [*faults, too_long(path, MANAGER_BYTES)] if len(manager) > MANAGER_BYTES else faults


def _validate_restarts(spec: Object, path: str) -> Faults:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy") or ""
    if policy in ("", "Always"):
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in RESTART_POLICIES:
        return [unsupported(path, policy, RESTART_POLICIES)]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def validate(spec: Object, path: str) -> Faults:
    """Return the faults of the spec of a Job, but for its selector."""
    faults = not_negative(spec, path, *NUMBERS)
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        faults.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    faults += _validate_manager(spec.get("managedBy"), f"{path}.managedBy")
    faults += _validate_mode(spec, path)
    faults += policies.validate_failure(spec, f"{path}.podFailurePolicy")
    faults += policies.validate_success(spec, f"{path}.successPolicy", indexed=is_indexed(spec))
    faults += policies.validate_replacement(spec, f"{path}.podReplacementPolicy")
    faults += pod_template.validate_pod_template_spec(spec.get("template") or {}, f"{path}.template")
    return faults + _validate_restarts(spec, f"{path}.template.spec.restartPolicy")


def warnings(spec: Object, path: str) -> list[str]:
    """Return what is allowed but likely wrong in the spec of a Job, but for its template."""
    if not is_indexed(spec) or spec.get("backoffLimitPerIndex") is not None:
        return []
    is_large = (spec.get("completions") or 0) > MANY_COMPLETIONS
    if not is_large or (spec.get("parallelism") or 0) <= MAX_PARALLELISM_OF_MANY:
        return []
    return [
        f"{path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, "
        "Kubernetes might not be able to track completions when a big number of indexes fail"
    ]
