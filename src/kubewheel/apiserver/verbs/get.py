"""get: GET of one object."""

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import options, respond
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response
from kubewheel.storage import Entry, Key


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return the object that the URL names."""
    form = respond.object_form(exchange)
    wanted = options.revision(exchange.request.parameter("resourceVersion")) if exchange.request.query else 0
    entry = find(backend, resource, exchange.info.namespace, exchange.info.name)
    if wanted > (current := backend.store.revision_of(resource.storage_key)):
        raise too_large(wanted, current)
    return respond.entry(exchange, resource, await backend.ready(resource, entry), form)


def find(backend: Backend, resource: Resource, namespace: str, name: str) -> Entry:
    """Return the stored object; raise 404."""
    key = Key(resource.storage_key, namespace if resource.namespaced else "", name)
    entry = backend.store.get(key)
    if entry is None:
        raise errors.not_found(resource.group, resource.plural, name)
    return entry


def too_large(wanted: int, current: int) -> errors.StatusError:
    """Return the 504 for a state that is still to come."""
    failure = errors.timeout(f"Too large resource version: {wanted}, current: {current}", 1)
    failure.details["causes"] = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return failure
