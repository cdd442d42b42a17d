"""create: POST to a collection."""

from typing import Any

import orjson

from kubewheel.api import errors, metadata
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, field_managers, respond, versions
from kubewheel.apiserver.admission.plugin import Matter, Operations, Stage
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.verbs import checks
from kubewheel.libs.wire import Response
from kubewheel.storage import Conflict, Entry
from kubewheel.storage.protocol import Document

NAME_ATTEMPTS = 8  # Tries of a generated name before the client is told.


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Create the object in the request's body."""
    options = write_options(exchange.request, "CreateOptions")
    operation = of_exchange(exchange, backend, resource, options)
    form = respond.object_form(exchange)
    content = body.read_object(exchange, resource.gvk, options.field_validation)
    entry = await create_object(operation, content)
    return respond.entry(exchange, resource, entry, form, status=201)


async def create_object(operation: Operation, content: dict[str, Any]) -> Entry:
    """Create `content`, which is in the form of the operation's resource; it belongs to the callee from here on."""
    resource = operation.resource
    _refuse_revision(content)
    checks.match_namespace(content, operation.namespace)
    content = versions.to_storage(resource, content)
    prefix = _generated_prefix(content)
    await _complete(operation, content)
    content = await operation.backend.at_rest(resource, content)
    for _ in range(NAME_ATTEMPTS):
        try:
            return await operation.backend.ready(resource, await _write(operation, content))
        except Conflict:
            if not prefix:
                break
            content["metadata"]["name"] = metadata.generated_name(prefix, operation.backend.randomness)
    name = content["metadata"]["name"]
    failure = errors.already_exists(resource.group, resource.plural, name)
    if prefix:
        failure.message += ", the server was not able to generate a unique name for the object"
        failure.details["retryAfterSeconds"] = 1
    raise failure


def _refuse_revision(content: dict[str, Any]) -> None:
    given = content.setdefault("metadata", {}) or {}
    content["metadata"] = given
    if given.get("resourceVersion"):
        raise errors.StatusError(500, "", "resourceVersion should not be set on objects to be created")
    given.pop("managedFields", None)


def _generated_prefix(content: dict[str, Any]) -> str:
    given = content["metadata"]
    return "" if given.get("name") else given.get("generateName") or ""


async def _complete(operation: Operation, content: dict[str, Any]) -> None:
    """Fill in what the server decides, then let admission and validation judge the whole."""
    backend, resource = operation.backend, operation.resource
    kind = resource.behaviour
    metadata.clear(content)
    kind.default(content)
    field_managers.note_created(operation, content)
    matter = Matter(
        Operations.CREATE, resource, operation.subresource, operation.namespace, content["metadata"].get("name", ""),
        content, None, operation.identity, operation.options.dry_run, operation.warn, operation.annotate,
        operation.options,
    )
    await backend.admission.run(Stage.MUTATE, matter, backend)
    _settle(operation, content)
    matter.name = operation.name
    faults = [
        *metadata.validate(content, namespaced=resource.namespaced, validate_name=kind.validate_name),
        *await checks.judged(lambda: kind.validate(content), operation.warn),
    ]
    checks.refuse(resource, _shown_name(content), faults)
    for text in kind.warnings(content):
        operation.warn(text)
    await backend.admission.run(Stage.VALIDATE, matter, backend)


async def admit(operation: Operation, content: dict[str, Any]) -> None:
    """Let admission decide on an object that is answered, but not kept."""
    matter = Matter(
        Operations.CREATE, operation.resource, operation.subresource, operation.namespace, operation.name, content,
        None, operation.identity, operation.options.dry_run, operation.warn, operation.annotate, operation.options,
    )
    await operation.backend.admission.run(Stage.MUTATE, matter, operation.backend)
    await operation.backend.admission.run(Stage.VALIDATE, matter, operation.backend)


def _settle(operation: Operation, content: dict[str, Any]) -> None:
    """Set what only the server decides; nobody changes it after that."""
    backend, kind = operation.backend, operation.resource.behaviour
    checks.match_namespace(content, operation.namespace)
    is_named = bool(content["metadata"].get("name"))
    metadata.fill(content, namespace=operation.namespace, now=backend.clock.now(), source=backend.randomness)
    operation.name = content["metadata"].get("name", "")
    if not is_named:
        kind.default(content)  # Some defaults are made of the name.
    kind.prepare_create(content)
    if kind.has_generation:
        content["metadata"]["generation"] = 1


def _shown_name(content: dict[str, Any]) -> str:
    given = content["metadata"]
    return str(given.get("name") or given.get("generateName") or "")


async def _write(operation: Operation, content: dict[str, Any]) -> Entry:
    backend = operation.backend
    operation.name = content["metadata"]["name"]
    if operation.options.dry_run:
        return await _pretend(operation, content)
    reserver = backend.reservers.get(operation.resource.storage_key)
    if reserver is None:
        field_managers.check_size(operation, content)
        return await backend.store.write(operation.key, content, expected=0)
    reservation = await reserver.reserve(content, None, dry_run=False)
    try:
        entry = await backend.store.write(operation.key, content, expected=0)
    except BaseException:
        await reservation.cancel()
        raise
    await reservation.commit()
    return entry


async def _pretend(operation: Operation, content: dict[str, Any]) -> Entry:
    """Return the entry that a write would have made."""
    backend = operation.backend
    current = backend.store.get(operation.key)
    if current is not None:
        raise Conflict(current)
    reserver = backend.reservers.get(operation.resource.storage_key)
    if reserver is not None:
        await (await reserver.reserve(content, None, dry_run=True)).cancel()
    return pretended(operation, content)


def pretended(operation: Operation, content: dict[str, Any]) -> Entry:
    """Return an entry around `content` that is in no store."""
    return Entry(operation.key, 0, Document(content), orjson.dumps(content))
