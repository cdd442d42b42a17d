"""Chooses the handler of a request: by verb, subresource, and whether the resource is stored at all."""

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import documents
from kubewheel.apiserver.backend import Backend, Verb
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources import table as subresources
from kubewheel.apiserver.verbs import create, delete, delete_collection, get, patch, update, watch
from kubewheel.apiserver.verbs import list as listing
from kubewheel.apiserver.virtual import table as virtual
from kubewheel.libs.wire import Response

VERBS: dict[str, Verb] = {
    "create": create.handle, "get": get.handle, "list": listing.handle, "watch": watch.handle,
    "update": update.handle, "patch": patch.handle, "delete": delete.handle,
    "deletecollection": delete_collection.handle,
}
READS = frozenset({"get", "list", "watch"})
COLLECTION_READS = frozenset({"list", "watch"})
NEEDS_NAME = frozenset({"update", "patch"})
PROXY = "proxy"  # The one subresource whose path goes on.
NEEDS_NO_NAME = frozenset({"create"})


async def dispatch(exchange: Exchange, backend: Backend) -> Response:
    """Return the answer of the handler that serves the request."""
    info = exchange.info
    remote = backend.aggregator.remote(info.path)
    if remote is not None:
        return await backend.aggregator.forward(exchange, remote)
    if not info.is_resource:
        return await documents.handle(exchange, backend)
    resource = backend.registry.lookup(info.group, info.version, info.resource)
    if resource is None:
        raise errors.path_not_found()
    _warn_of_age(exchange, resource)
    _check_scope(exchange, resource)
    if backend.store.is_shared:
        await _catch_up(exchange, backend, resource)
    if resource.custom is not None:
        backend.custom.enter(exchange, resource)
    if info.subresource:
        return await _subresource(exchange, backend, resource)
    handler = virtual.discover().get((resource.key, info.verb))
    if handler is None:
        if info.verb not in resource.verbs or not resource.is_stored:
            raise errors.method_not_allowed()
        handler = VERBS[info.verb]
    return await handler(exchange, backend, resource)


async def _catch_up(exchange: Exchange, backend: Backend, resource: Resource) -> None:
    """See what other servers have written, unless the client is content with a state that is here already."""
    asked = exchange.request.parameter("resourceVersion") if exchange.info.verb in READS else ""
    if not asked.isdigit() or int(asked) > backend.store.revision_of(resource.storage_key):
        await backend.store.catch_up()


def _warn_of_age(exchange: Exchange, resource: Resource) -> None:
    """Say that a version is deprecated or was retired, and raise 410 if nothing took its place."""
    retired = resource.retired
    if retired is None:
        if resource.deprecated:
            exchange.warn(f"{resource.api_version} {resource.kind} is deprecated in {resource.deprecated}")
    elif not retired.refusal:
        exchange.warn(retired.warning(resource.api_version, resource.kind))
    elif exchange.info.verb == "get":  # So that `kubectl apply` goes on to create, and shows the reason.
        raise errors.not_found(resource.group, resource.plural, exchange.info.name)
    else:
        raise errors.StatusError(410, "Gone", retired.refusal)


def _check_scope(exchange: Exchange, resource: Resource) -> None:
    """Raise 404 or 405 for a path that does not go with the resource, or with the method."""
    info = exchange.info
    if not resource.namespaced and info.namespace and info.resource != "namespaces":
        raise errors.path_not_found()
    if resource.namespaced and not info.namespace and info.verb not in COLLECTION_READS:
        is_named = info.name and info.verb != "deletecollection"  # Which has a name from a selector, if any.
        raise errors.path_not_found() if is_named else errors.method_not_allowed()
    if not info.subresource and info.verb in (NEEDS_NO_NAME if info.name else NEEDS_NAME):
        raise errors.method_not_allowed()


async def _subresource(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    info = exchange.info
    if resource.subresource(info.subresource) is None or (info.rest and info.subresource != PROXY):
        raise errors.path_not_found()
    served = subresources.find(resource.storage_key, info.subresource)
    if served is None:
        raise errors.path_not_found()
    handler = served.verbs.get(info.verb)
    if handler is None:
        raise errors.method_not_allowed()
    return await handler(exchange, backend, resource)
