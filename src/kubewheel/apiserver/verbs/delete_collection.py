"""deletecollection: DELETE of a collection: of every object that the selectors choose, one by one."""

from dataclasses import replace

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, options, respond
from kubewheel.apiserver.backend import Backend, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import WriteOptions
from kubewheel.apiserver.verbs import delete, selection
from kubewheel.apiserver.verbs import list as listing
from kubewheel.libs.wire import Response


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Delete the selected objects and return them as they were; preconditions count for each of them."""
    how = options.delete_options(exchange.request, body.read_delete_options(exchange))
    asked = options.list_options(exchange.request)
    form = respond.list_form(exchange)
    chosen = selection.of(resource, asked, exchange.info.name)
    page = listing.read(backend, resource, exchange.info.namespace, asked, chosen)
    operation = of_exchange(exchange, backend, resource, WriteOptions(dry_run=how.dry_run))
    for entry in page.entries:
        operation.namespace, operation.name = entry.key.namespace, entry.key.name
        try:
            await delete.delete_object(operation, how)
        except StatusError as error:
            if error.code != 404:  # Somebody else was quicker: as good as deleted.
                raise
    page = replace(page, entries=await backend.all_ready(resource, page.entries))
    return listing.respond_page(exchange, resource, page, form)
