"""pods/eviction: a delete that disruption budgets can refuse.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from dataclasses import replace
from typing import Any

from kubewheel.api import conditions, errors, selectors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond, versions
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import DeleteOptions, WriteOptions, delete_options, write_options
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import delete
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object, Request, Response
from kubewheel.storage import Conflict, Entry

GVK = ("policy", "v1", "Eviction")
RETIRED = "policy/v1beta1"
WARNING = f"{RETIRED} Eviction is deprecated in v1.22+, unavailable in v1.25+; use policy/v1 Eviction"
BUDGETS = "poddisruptionbudgets.policy"
ATTEMPTS = 20
MAX_DISRUPTED = 2000  # Evictions that the budget's controller has not noticed yet.
DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget."


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Evict the pod that the URL names."""
    options = write_options(exchange.request, "CreateOptions")
    form = respond.object_form(exchange)
    retired = RETIRED if backend.settings.retired_apis else ""
    eviction, is_old = body.read_either(exchange, GVK, retired, options.field_validation)
    if is_old:
        exchange.warn(WARNING)
    operation = of_exchange(exchange, backend, resource, options)
    name = (eviction.get("metadata") or {}).get("name")
    if name != operation.name:
        raise errors.bad_request("name in URL does not match name in Eviction object")
    how = delete_options(Request("DELETE", exchange.request.path), eviction.get("deleteOptions"))
    operation.options = WriteOptions(dry_run=options.dry_run or how.dry_run)
    await _admit(operation, eviction)
    await evict(operation, how)
    return respond.status(exchange, DONE, form)


async def _admit(operation: Operation, eviction: dict[str, Any]) -> None:
    backend = operation.backend
    matter = Matter(
        Operations.CREATE, operation.resource, "eviction", operation.namespace, operation.name, eviction, None,
        operation.identity, operation.options.dry_run, operation.warn, operation.annotate, operation.options,
    )
    await backend.admission.run(Stage.MUTATE, matter, backend)
    await backend.admission.run(Stage.VALIDATE, matter, backend)


async def evict(operation: Operation, how: DeleteOptions) -> None:
    """Delete the operation's pod if its disruption budget has room; raise 429 if not."""
    operation.subresource = ""
    for _ in range(ATTEMPTS):
        entry = operation.backend.store.get(operation.key)
        if entry is None:
            raise errors.not_found("", "pods", operation.name)
        pod = entry.object
        if how.resource_version and how.resource_version != str(entry.revision):
            break
        try:
            # An unready pod goes only if nobody saw it become ready meanwhile.
            exact = is_protected(pod) and await _ask_budgets(operation, pod)
            how = await _marked(operation, how, entry.revision if exact else 0)
        except Conflict:
            continue
        await delete.delete_object(operation, how, is_admitted=True)
        return
    raise errors.conflict("", "pods", operation.name)


async def _marked(operation: Operation, how: DeleteOptions, revision: int) -> DeleteOptions:
    """Say on the pod why it goes; return options that delete it as it is then. `revision`: only if it is still that."""
    if operation.options.dry_run:
        return replace(how, resource_version=str(revision)) if revision else how
    store = operation.backend.store
    for _ in range(ATTEMPTS):
        entry = store.get(operation.key)
        if entry is None:
            raise errors.not_found("", "pods", operation.name)
        if revision and entry.revision != revision:
            break
        pod = versions.mutable(entry)
        status = pod.setdefault("status", {})
        status["conditions"] = conditions.with_condition(
            status.get("conditions") or [], "DisruptionTarget", "True", now=operation.backend.clock.now(),
            reason="EvictionByEvictionAPI", message="Eviction API: evicting",
        )
        try:
            written = await store.write(operation.key, pod, expected=entry.revision)
        except Conflict:
            continue
        return replace(how, resource_version=str(written.revision))
    raise errors.conflict("", "pods", operation.name)


def is_protected(pod: Object) -> bool:
    """Tell whether losing `pod` can disrupt anything."""
    phase = (pod.get("status") or {}).get("phase")
    return phase not in ("Succeeded", "Failed", "Pending") and not pod["metadata"].get("deletionTimestamp")


async def _ask_budgets(operation: Operation, pod: Object) -> bool:
    """Take one disruption from the pod's budget; return whether the pod may only go exactly as it is now."""
    budgets = _budgets(operation.backend, pod)
    if not budgets:
        return False
    if len(budgets) > 1:
        raise errors.StatusError(
            500, "InternalError",
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        )
    status = budgets[0].object.get("status") or {}
    desired = status.get("desiredHealthy", 0)
    if not _is_ready(pod) and status.get("currentHealthy", 0) >= desired > 0:
        return True
    if not _is_ready(pod) and (budgets[0].object["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow"):
        return True
    await _take(operation, budgets[0])
    return False


def _budgets(backend: Backend, pod: Object) -> list[Entry]:
    found, labels = [], pod["metadata"].get("labels")
    for entry in backend.store.list(BUDGETS, pod["metadata"]["namespace"]).entries:
        # Without a selector a budget is about no pod; an empty one is about every pod of the namespace.
        if selectors.from_object((entry.object.get("spec") or {}).get("selector")).matches(labels):
            found.append(entry)
    return found


def _is_ready(pod: Object) -> bool:
    return conditions.is_true(pod, "Ready")


async def _take(operation: Operation, entry: Entry) -> None:
    budget = versions.mutable(entry)
    status, name = budget.setdefault("status", {}), entry.key.name
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _violation(f"The disruption budget {name} is still being processed by the server.", 10)
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise errors.forbidden("policy", "poddisruptionbudget", name, "pdb disruptions allowed is negative")
    if len(status.get("disruptedPods") or ()) > MAX_DISRUPTED:
        raise errors.forbidden(
            "policy", "poddisruptionbudget", name,
            "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
        )
    if allowed == 0:
        desired, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        raise _violation(f"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently", 0)
    if operation.options.dry_run:
        return
    status["disruptionsAllowed"] = allowed - 1
    if allowed == 1:
        _close(budget, operation.backend.clock.now())
    disrupted = dict(status.get("disruptedPods") or {})
    disrupted[operation.name] = rfc3339(operation.backend.clock.now())
    status["disruptedPods"] = disrupted
    await operation.backend.store.write(entry.key, budget, expected=entry.revision)


def _close(budget: dict[str, Any], now: float) -> None:
    """Record that no further disruption is allowed."""
    others = [each for each in budget["status"].get("conditions") or [] if each.get("type") != "DisruptionAllowed"]
    others.append({
        "type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
        "lastTransitionTime": rfc3339(now), "observedGeneration": budget["status"].get("observedGeneration", 0),
    })
    budget["status"]["conditions"] = others


def _violation(cause: str, retry_after: int) -> errors.StatusError:
    failure = errors.too_many_requests(VIOLATION, retry_after)
    if not retry_after:
        failure.details.pop("retryAfterSeconds", None)
        failure.headers.pop("Retry-After", None)
    failure.details["causes"] = [{"reason": "DisruptionBudget", "message": cause}]
    return failure


SUBRESOURCES = (Served("eviction", {"create": handle}, frozenset({"pods"})),)
