"""componentstatuses: kept for old clients; says that the store behind this server answers."""

from typing import Any

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import negotiation, respond
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response

NAMES = ("scheduler", "controller-manager", "etcd-0")


def _component(name: str) -> dict[str, Any]:
    return {
        "kind": "ComponentStatus", "apiVersion": "v1", "metadata": {"name": name},
        "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}],
    }


async def read(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return one component."""
    if exchange.info.name not in NAMES:
        raise errors.not_found("", resource.plural, exchange.info.name)
    return respond.made(exchange, resource, _component(exchange.info.name), respond.object_form(exchange))


async def enumerate_all(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return all components."""
    form = respond.list_form(exchange)
    items = [_component(name) for name in NAMES]
    content: dict[str, Any] = {"kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items}
    if form.shape == negotiation.TABLE:
        content = respond.table(exchange, resource, items, {}, form)
    return respond.plain(exchange, content, form)


RESOURCES = {("componentstatuses", "get"): read, ("componentstatuses", "list"): enumerate_all}
