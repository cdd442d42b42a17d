"""apply: PATCH with a configuration, which creates the object or becomes part of it.

Semantics: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from dataclasses import replace
from typing import Any

from kubewheel.api import decode, errors
from kubewheel.api.apply import managers, walks
from kubewheel.api.apply.configuration import Applied, Configuration
from kubewheel.api.decode import Validation
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, field_managers, respond, versions
from kubewheel.apiserver.authz.attributes import Attributes
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import write_options
from kubewheel.apiserver.verbs import checks, create, update
from kubewheel.apiserver.verbs.update import Aspect
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Entry

GVK = tuple[str, str, str]
UNKNOWN = 'unknown field "'


async def handle(exchange: Exchange, backend: Backend, resource: Resource, aspect: Aspect) -> Response:
    """Apply the configuration in the request's body to one aspect of an object."""
    options = write_options(exchange.request, "PatchOptions")
    operation = of_exchange(exchange, backend, resource, options)
    form = respond.object_form(exchange)
    content = read(exchange, operation, resource.gvk)
    if backend.store.get(operation.key) is None and not operation.subresource:
        entry = await _create(operation, content)
        return respond.entry(exchange, resource, entry, form, status=201)
    entry = await update_object(operation, aspect, content)
    return respond.entry(exchange, resource, entry, form)


def read(exchange: Exchange, operation: Operation, gvk: GVK) -> dict[str, Any]:
    """Return the configuration in the body; raise 400."""
    validation = Validation(operation.options.field_validation)
    expected = replace(body.expected(exchange, gvk), is_exact=True)
    content, warnings = decode.read(
        exchange.request.body, expected, content_type=decode.YAML_TYPE, validation=Validation.WARN,
    )
    unknown = [text[len(UNKNOWN):-1] for text in warnings if text.startswith(UNKNOWN)]
    if unknown:
        raise _untyped(operation, content, [f".{path}: field not declared in schema" for path in unknown])
    if warnings and validation is Validation.STRICT:
        raise errors.bad_request(f"error strict decoding YAML: {', '.join(warnings)}")
    for text in warnings if validation is Validation.WARN else ():
        exchange.warn(text)
    if "managedFields" in (content.get("metadata") or {}):
        raise errors.bad_request("metadata.managedFields must be nil")
    return content


def _untyped(operation: Operation, content: Object, faults: list[str]) -> errors.StatusError:
    metadata = content.get("metadata") or {}
    about = f"{metadata.get('namespace', operation.namespace)}/{metadata.get('name', operation.name)}"
    listed = faults[0] if len(faults) == 1 else "errors:\n" + "\n".join(f"  {fault}" for fault in faults)
    kind = f"{content['apiVersion']}, Kind={content['kind']}"
    text = f"failed to create typed patch object ({about}; {kind}): {listed}"
    return errors.StatusError(500, "", text)


async def _create(operation: Operation, content: dict[str, Any]) -> Entry:
    """Create the object that a configuration describes; who may only patch may not."""
    resource, metadata = operation.resource, content.setdefault("metadata", {})
    operation.backend.authorizer.require(Attributes(
        operation.identity, "create", resource.plural, resource.group, "", operation.namespace, operation.name,
        resource.version,
    ))
    checks.match_name(content, operation.name)
    if metadata.get("uid"):
        detail = f"uid mismatch: the provided object specified uid {metadata['uid']}, and no existing object was found"
        raise errors.conflict(resource.group, resource.plural, operation.name, detail)
    applied = apply(operation, content, {})
    operation.applied = applied.entries
    return await create.create_object(operation, versions.copy(applied.object))


async def update_object(operation: Operation, aspect: Aspect, content: dict[str, Any]) -> Entry:
    """Apply a configuration to a stored object."""

    def change(entry: Entry) -> dict[str, Any]:
        applied = apply(operation, content, versions.shown(operation.resource, entry))
        operation.applied = applied.entries
        new = versions.copy(applied.object)
        checks.match_name(new, operation.name)
        checks.match_namespace(new, operation.namespace)
        if new["metadata"].get("resourceVersion") == str(entry.revision):
            del new["metadata"]["resourceVersion"]  # A rival leads to another try.
        return new

    return await update.update_object(operation, aspect, change)


def apply(operation: Operation, content: Object, live: Object) -> Applied:
    """Return what a configuration makes of an object."""
    entries = managers.read((live.get("metadata") or {}).get("managedFields"))
    configuration = Configuration(
        content, field_managers.author(operation, managers.APPLY), field_managers.view(operation),
        operation.options.force, field_managers.ignored_fields(operation.resource, operation.subresource, content),
    )
    try:
        return configuration.apply(live, entries)
    except walks.Unusable as error:
        raise _untyped(operation, content, [str(error)]) from error

