"""pods/binding: puts a pod onto a node; the scheduler's one write."""

from typing import Any

from kubewheel.api import errors
from kubewheel.api.errors import FieldError
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond, versions
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import checks, create
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Conflict, Entry

GVK = ("", "v1", "Binding")
ATTEMPTS = 10
MADE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Bind the pod that the URL names."""
    options = write_options(exchange.request, "CreateOptions")
    operation = of_exchange(exchange, backend, resource, options)
    form = respond.object_form(exchange)
    binding = body.read_object(exchange, GVK, options.field_validation)
    await bind(operation, binding)
    return respond.status(exchange, MADE, form)


async def bind(operation: Operation, binding: dict[str, Any]) -> None:
    """Assign the operation's pod to the node that `binding` names."""
    backend = operation.backend
    checks.match_namespace(binding, operation.namespace)
    named = binding["metadata"].get("name")
    if named and named != operation.name:
        raise errors.bad_request(
            f"name in URL does not match name in Binding object: {named}"
        )
    target = binding.get("target") or {}
    _check(target, operation.name)
    matter = Matter(
        Operations.CREATE, operation.resource, "binding", operation.namespace, operation.name, binding, None,
        operation.identity, operation.options.dry_run, operation.warn, operation.annotate, operation.options,
    )
    await backend.admission.run(Stage.MUTATE, matter, backend)
    await backend.admission.run(Stage.VALIDATE, matter, backend)
    for _ in range(ATTEMPTS):
        entry = backend.store.get(operation.key)
        if entry is None:
            raise errors.not_found("", "pods", operation.name)
        try:
            await _assign(operation, entry, binding)
            return
        except Conflict:
            continue
    raise errors.conflict("", "pods", operation.name)


def _check(target: Object, name: str) -> None:
    faults = []
    if target.get("kind") not in (None, "", "Node"):
        faults.append(
            FieldError("target.kind", "Unsupported value", target["kind"], 'supported values: "Node", "<empty>"')
        )
    if not target.get("name"):
        faults.append(FieldError("target.name", "Required value", ""))
    if faults:
        raise errors.invalid("", "Binding", name, faults)


async def _assign(operation: Operation, entry: Entry, binding: Object) -> None:
    backend, node = operation.backend, binding["target"]["name"]
    pod = versions.mutable(entry)
    _refuse(pod, node, operation.name, (binding.get("metadata") or {}))
    pod["spec"]["nodeName"] = node
    for field in ("labels", "annotations"):
        if given := (binding.get("metadata") or {}).get(field):
            pod["metadata"][field] = {**(pod["metadata"].get(field) or {}), **given}
    _set_scheduled(pod, backend.clock.now())
    if operation.options.dry_run:
        create.pretended(operation, pod)
        return
    await backend.store.write(entry.key, pod, expected=entry.revision)


def _refuse(pod: Object, node: str, name: str, given: Object) -> None:
    """Raise 409 if the pod cannot be bound any more."""
    if given.get("uid") and given["uid"] != pod["metadata"]["uid"]:
        raise errors.conflict(
            "", "pods", name,
            f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {pod['metadata']['uid']}",
        )
    if pod["metadata"].get("deletionTimestamp"):
        raise _conflict(name, f"pod {name} is being deleted, cannot be assigned to a host")
    assigned = pod["spec"].get("nodeName")
    if assigned:
        raise _conflict(name, f"pod {name} is already assigned to node \"{assigned}\"")
    if pod["spec"].get("schedulingGates"):
        raise _conflict(name, f"pod {name} has non-empty .spec.schedulingGates")


def _conflict(name: str, detail: str) -> errors.StatusError:
    return errors.conflict("", "pods/binding", name, detail)


def _set_scheduled(pod: dict[str, Any], now: float) -> None:
    status = pod.setdefault("status", {})
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": rfc3339(now)}
    generation = pod["metadata"].get("generation")
    if generation:
        scheduled["observedGeneration"] = generation
    others = [each for each in status.get("conditions") or () if each.get("type") != "PodScheduled"]
    status["conditions"] = [*others, scheduled]


SUBRESOURCES = (Served("binding", {"create": handle}, frozenset({"pods"})),)
