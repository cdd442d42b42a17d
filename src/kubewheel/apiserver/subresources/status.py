"""status: what controllers and nodes report about an object."""

from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import get
from kubewheel.apiserver.verbs import patch as patching
from kubewheel.apiserver.verbs import update as updating
from kubewheel.libs.wire import Response


async def update(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Replace the status."""
    return await updating.replace(exchange, backend, resource, updating.status_aspect(resource))


async def patch(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Change the status."""
    return await patching.patch(exchange, backend, resource, updating.status_aspect(resource))


SUBRESOURCES = (Served("status", {"get": get.handle, "update": update, "patch": patch}),)
