"""update: PUT to an object or to one of its subresources."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubewheel.api import errors, metadata
from kubewheel.api.errors import FieldError
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, field_managers, respond, update_policy, versions
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.verbs import checks, create
from kubewheel.apiserver.verbs.removal import remove_entry
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Conflict, Entry

ATTEMPTS = 100  # An unconditional update outlasts this many rivals.


@dataclass(frozen=True, slots=True)
class View:
    """Another form in which an object is shown and changed: the Scale of a workload. `put` writes it back."""

    show: Callable[[Object], dict[str, Any]]
    put: Callable[[dict[str, Any], Object], None]


@dataclass(frozen=True, slots=True)
class Aspect:
    """Which part of an object a write may change: `prepare(new, old)` puts the rest back, `validate` judges."""

    prepare: Callable[[dict[str, Any], Object], None]
    validate: Callable[[Object, Object], list[FieldError]]
    warns: bool = False
    counts_generation: bool = False
    view: View | None = None


def main_aspect(resource: Resource) -> Aspect:
    """Return the aspect of the object itself."""
    kind = resource.behaviour

    if resource.custom is not None:  # Judges the new object by the old one, so that both are one judgement.
        return Aspect(kind.prepare_update, kind.validate_update, warns=True, counts_generation=True)

    def validate(new: Object, old: Object) -> list[FieldError]:
        return [*kind.validate(new), *kind.validate_update(new, old)]

    return Aspect(kind.prepare_update, validate, warns=True, counts_generation=kind.has_generation)


def status_aspect(resource: Resource) -> Aspect:
    """Return the aspect of the status subresource."""
    return Aspect(resource.behaviour.prepare_status, resource.behaviour.validate_status)


Change = Callable[[Entry], dict[str, Any]]
"""Makes the wished object, in the form of the operation's resource, from the stored one."""


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Replace the object by the one in the request's body."""
    return await replace(exchange, backend, resource, main_aspect(resource))


async def replace(exchange: Exchange, backend: Backend, resource: Resource, aspect: Aspect) -> Response:
    """Replace one aspect of an object by that of the one in the request's body."""
    options = write_options(exchange.request, "UpdateOptions")
    operation = of_exchange(exchange, backend, resource, options)
    form = respond.object_form(exchange)
    content = body.read_object(exchange, resource.gvk, options.field_validation)
    checks.match_name(content, operation.name)
    checks.match_namespace(content, operation.namespace)
    if (
        update_policy.creates_on_update(resource) and not operation.subresource
        and backend.store.get(operation.key) is None
    ):
        content["metadata"].pop("resourceVersion", None)
        return respond.entry(exchange, resource, await create.create_object(operation, content), form, status=201)
    if not content["metadata"].get("resourceVersion") and not update_policy.updates_unconditionally(resource):
        if backend.store.get(operation.key) is None:
            raise errors.not_found(resource.group, resource.plural, operation.name)
        fault = FieldError("metadata.resourceVersion", "Invalid value", 0, "must be specified for an update")
        checks.refuse(resource, operation.name, [fault])
    entry = await update_object(operation, aspect, lambda _: versions.copy(content))
    return respond.entry(exchange, resource, entry, form)


async def update_object(operation: Operation, aspect: Aspect, change: Change) -> Entry:
    """Write what `change` makes of the stored object; again, when somebody else was quicker and it allows that."""
    backend, resource = operation.backend, operation.resource
    for _ in range(ATTEMPTS):
        entry = backend.store.get(operation.key)
        if entry is None:
            raise errors.not_found(resource.group, resource.plural, operation.name)
        entry = await backend.ready(resource, entry)
        new = change(entry)
        wanted = new["metadata"].get("resourceVersion") or ""
        if wanted and wanted != str(entry.revision):
            raise errors.conflict(resource.group, resource.plural, operation.name)
        checks.preconditions(resource, entry.object, new["metadata"].get("uid") or "")
        try:
            written = await _write(operation, aspect, entry, versions.to_storage(resource, new))
            return await backend.ready(resource, written)
        except Conflict:
            if wanted and wanted != str(_revision(backend, operation)):
                raise errors.conflict(resource.group, resource.plural, operation.name) from None
    raise errors.conflict(resource.group, resource.plural, operation.name)


def _revision(backend: Backend, operation: Operation) -> int:
    entry = backend.store.get(operation.key)
    return entry.revision if entry else 0


async def _write(operation: Operation, aspect: Aspect, entry: Entry, new: dict[str, Any]) -> Entry:
    backend, old = operation.backend, entry.object
    await _judge(operation, aspect, new, old)
    new["metadata"]["resourceVersion"] = str(entry.revision)
    if not entry.is_stale and field_managers.is_unchanged(operation, new, old):
        return entry
    new = await backend.at_rest(operation.resource, new)
    if operation.options.dry_run:
        return create.pretended(operation, new)
    if is_finished(new, old):
        await remove_entry(backend, operation.resource, entry)
        return create.pretended(operation, new)
    reserver = None if operation.subresource else backend.reservers.get(operation.resource.storage_key)
    if reserver is None:
        field_managers.check_size(operation, new)
        return await backend.store.write(operation.key, new, expected=entry.revision)
    reservation = await reserver.reserve(new, old, dry_run=False)
    try:
        written = await backend.store.write(operation.key, new, expected=entry.revision)
    except BaseException:
        await reservation.cancel()
        raise
    await reservation.commit()
    return written


async def _judge(operation: Operation, aspect: Aspect, new: dict[str, Any], old: Object) -> None:
    """Complete `new` and raise what is wrong with it."""
    backend, resource = operation.backend, operation.resource
    kind = resource.behaviour
    managed = new["metadata"].pop("managedFields", None)
    metadata.carry_over(new, old)
    aspect.prepare(new, old)
    kind.default(new)
    field_managers.note_updated(operation, new, old, managed)
    matter = _matter(operation, aspect, new, old)
    await backend.admission.run(Stage.MUTATE, matter, backend)
    if matter.rounds.has_changed:
        _settle(operation, aspect, matter, new, old)
    if aspect.counts_generation and metadata.is_spec_changed(new, old):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    new["metadata"].setdefault("resourceVersion", old["metadata"]["resourceVersion"])
    faults = await checks.judged(lambda: aspect.validate(new, old), operation.warn)
    checks.refuse(resource, operation.name, [*metadata.validate_update(new, old), *faults])
    if aspect.warns:
        for text in kind.warnings(new):
            operation.warn(text)
    await backend.admission.run(Stage.VALIDATE, matter, backend)


def _matter(operation: Operation, aspect: Aspect, new: dict[str, Any], old: Object) -> Matter:
    """Return the question that admission decides on."""
    shown = (new, old) if aspect.view is None else (aspect.view.show(new), aspect.view.show(old))
    return Matter(
        Operations.UPDATE, operation.resource, operation.subresource, operation.namespace, operation.name, *shown,
        operation.identity, operation.options.dry_run, operation.warn, operation.annotate, operation.options,
    )


def _settle(operation: Operation, aspect: Aspect, matter: Matter, new: dict[str, Any], old: Object) -> None:
    """Take over what admission has changed, as far as this write may change it."""
    if aspect.view is not None:
        assert matter.content is not None, "an update has content"
        aspect.view.put(new, matter.content)
    checks.match_namespace(new, operation.namespace)
    metadata.carry_over(new, old)
    aspect.prepare(new, old)
    operation.resource.behaviour.default(new)


def is_finished(new: Object, old: Object) -> bool:
    """Tell whether this update takes away the last thing that kept a deleted object."""
    if new["metadata"].get("finalizers") or not old["metadata"].get("deletionTimestamp"):
        return False
    if old.get("kind") == "Namespace" and (new.get("spec") or {}).get("finalizers"):
        return False
    return not old["metadata"].get("deletionGracePeriodSeconds")
