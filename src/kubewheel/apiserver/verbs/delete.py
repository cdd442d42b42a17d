"""delete: DELETE of an object: at once, after a grace period, or when the last finalizer is gone.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-deletion
"""

from enum import Enum
from typing import Any

from kubewheel.api import errors
from kubewheel.api.custom import acceptance
from kubewheel.api.metadata import FOREGROUND, ORPHAN
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond, update_policy, versions
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import DeleteOptions, WriteOptions, delete_options
from kubewheel.apiserver.verbs import checks, create
from kubewheel.apiserver.verbs.removal import remove_entry
from kubewheel.libs.clock import parse_rfc3339, rfc3339
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Conflict, Entry

ATTEMPTS = 100
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


class Next(Enum):
    """What a delete leads to."""

    REMOVE = "remove"  # Out of the store now.
    MARK = "mark"  # Stays, marked as being deleted.
    WAIT = "wait"  # Is marked already; nothing changes.


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Delete the object that the URL names."""
    options = delete_options(exchange.request, body.read_delete_options(exchange))
    operation = of_exchange(exchange, backend, resource, WriteOptions(dry_run=options.dry_run))
    form = respond.object_form(exchange)
    entry, gone = await delete_object(operation, options)
    entry = await backend.ready(resource, entry)
    if gone and resource.storage_key not in update_policy.RETURNS_DELETED:
        return respond.status(exchange, success(resource, entry), form)
    status = 202 if not gone and options.orphan is False else 200
    return respond.entry(exchange, resource, entry, form, status=status)


def success(resource: Resource, entry: Entry) -> dict[str, Any]:
    """Return the Status that says that the object is gone."""
    details = {"name": entry.key.name, "kind": resource.plural, "uid": entry.object["metadata"].get("uid", "")}
    if resource.group:
        details["group"] = resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


async def delete_object(
    operation: Operation, options: DeleteOptions, *, is_admitted: bool = False
) -> tuple[Entry, bool]:
    """Delete the object; return it as it is now or last was, and whether it is gone.

    `is_admitted`: admission has decided on what leads to this, and is not asked about the delete.
    """
    backend, resource = operation.backend, operation.resource
    for _ in range(ATTEMPTS):
        entry = backend.store.get(operation.key)
        if entry is None:
            raise errors.not_found(resource.group, resource.plural, operation.name)
        checks.preconditions(resource, entry.object, options.uid, options.resource_version)
        if not is_admitted:
            await _admit(operation, entry, options)
        try:
            return await _delete(operation, entry, options)
        except Conflict:
            continue
    raise errors.conflict(resource.group, resource.plural, operation.name)


async def _admit(operation: Operation, entry: Entry, options: DeleteOptions) -> None:
    matter = Matter(
        Operations.DELETE, operation.resource, operation.subresource, operation.namespace, operation.name, None,
        entry.object, operation.identity, operation.options.dry_run, operation.warn, operation.annotate,
        options,
    )
    await operation.backend.admission.run(Stage.MUTATE, matter, operation.backend)
    await operation.backend.admission.run(Stage.VALIDATE, matter, operation.backend)


async def _delete(operation: Operation, entry: Entry, options: DeleteOptions) -> tuple[Entry, bool]:
    backend, resource = operation.backend, operation.resource
    new = versions.mutable(entry)
    step = plan(resource, new, options, backend.clock.now())
    if step is Next.WAIT:
        return entry, False
    if operation.options.dry_run:
        return create.pretended(operation, new), step is Next.REMOVE
    if step is Next.MARK:
        return await backend.store.write(entry.key, new, expected=entry.revision), False
    return await remove_entry(backend, resource, entry), True


def plan(resource: Resource, stored: dict[str, Any], options: DeleteOptions, now: float) -> Next:
    """Return what to do, and mark `stored` accordingly."""
    if resource.storage_key == "namespaces":
        step = _plan_namespace(stored, now)
        if step is not None:
            return step
    if resource.storage_key == DEFINITIONS:
        acceptance.begin_deletion(stored, now)
    metadata = stored["metadata"]
    grace, step = _plan_grace(resource, stored, options, now)
    if step is Next.WAIT:
        return step
    _set_finalizers(resource, metadata, options)
    if step is None:  # No grace period for this kind, or none left to shorten.
        if not metadata.get("finalizers"):
            return Next.REMOVE
        _mark(metadata, now)
        return Next.MARK
    return Next.MARK if metadata.get("finalizers") or grace > 0 else Next.REMOVE


def _plan_namespace(stored: dict[str, Any], now: float) -> Next | None:
    """Mark a namespace as terminating; its content goes before it does."""
    if not stored["metadata"].get("deletionTimestamp"):
        stored["metadata"]["deletionTimestamp"] = rfc3339(now)
        stored.setdefault("status", {})["phase"] = "Terminating"
        return Next.MARK
    return Next.WAIT if (stored.get("spec") or {}).get("finalizers") else None


def _plan_grace(
    resource: Resource, stored: dict[str, Any], options: DeleteOptions, now: float
) -> tuple[int, Next | None]:
    """Set grace period and time of deletion where the kind has them; return the period and what follows from it."""
    metadata = stored["metadata"]
    wanted = options.grace_seconds
    if resource.storage_key != "pods":
        return 0, None
    if metadata.get("deletionTimestamp"):
        running = metadata.get("deletionGracePeriodSeconds")
        if running is None:
            return 0, None
        if wanted is None or max(wanted, 0) >= running:
            return running, None if running == 0 and not metadata.get("finalizers") else Next.WAIT
        begun = parse_rfc3339(metadata["deletionTimestamp"]) - running
        metadata["deletionTimestamp"] = rfc3339(begun + wanted)
        metadata["deletionGracePeriodSeconds"] = wanted
        return wanted, Next.MARK
    grace = pod_grace(stored, wanted)
    metadata["deletionTimestamp"] = rfc3339(now + grace)
    metadata["deletionGracePeriodSeconds"] = grace
    _raise_generation(metadata)
    return grace, Next.MARK


def pod_grace(pod: Object, wanted: int | None) -> int:
    """Return how long a pod may take to stop; nothing to stop takes no time."""
    spec = pod.get("spec") or {}
    grace = wanted if wanted is not None else spec.get("terminationGracePeriodSeconds") or 0
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        return 0
    return int(grace) if grace >= 0 else 1


def _mark(metadata: dict[str, Any], now: float) -> None:
    if metadata.get("deletionGracePeriodSeconds") is None:
        _raise_generation(metadata)
    current = metadata.get("deletionTimestamp")
    if not current or parse_rfc3339(current) > now:
        metadata["deletionTimestamp"] = rfc3339(now)
    metadata["deletionGracePeriodSeconds"] = 0


def _raise_generation(metadata: dict[str, Any]) -> None:
    if metadata.get("generation"):
        metadata["generation"] += 1


def _set_finalizers(resource: Resource, metadata: dict[str, Any], options: DeleteOptions) -> None:
    """Put in the finalizers that the garbage collector acts on, or take them out, as the options say."""
    held = metadata.get("finalizers") or []
    orphan, foreground = _propagation(resource, held, options)
    kept = [name for name in held if name not in (ORPHAN, FOREGROUND)]
    kept += [ORPHAN] * orphan + [FOREGROUND] * foreground
    if set(kept) == set(held):
        return
    if kept:
        metadata["finalizers"] = kept
    else:
        metadata.pop("finalizers", None)


def _propagation(resource: Resource, held: list[str], options: DeleteOptions) -> tuple[bool, bool]:
    """Return whether dependents are left alone, and whether they go first."""
    if options.orphan is not None:
        return options.orphan, False
    if options.policy:
        return options.policy == "Orphan", options.policy == "Foreground"
    if ORPHAN in held or FOREGROUND in held:
        return ORPHAN in held, FOREGROUND in held
    return resource.storage_key in update_policy.ORPHANS_BY_DEFAULT, False
