"""Which handler serves which verb of which subresource."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kubewheel.api import errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Backend, Verb
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Response

INFRASTRUCTURE = frozenset({"table"})
CONNECT_METHODS = ("get", "create", "update", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Served:
    """A subresource of some resources (storage keys; none means of all), with a handler for each verb."""

    name: str
    verbs: Mapping[str, Verb]
    resources: frozenset[str] = field(default_factory=frozenset)


@cache
def discover() -> Mapping[str, tuple[Served, ...]]:
    """Return what the files of this folder serve, by name of the subresource."""
    from kubewheel.apiserver import subresources

    found: dict[str, tuple[Served, ...]] = {}
    for module in sorted(pkgutil.iter_modules(subresources.__path__), key=lambda each: each.name):
        if module.name in INFRASTRUCTURE:
            continue
        for served in importlib.import_module(f"{subresources.__name__}.{module.name}").SUBRESOURCES:
            found[served.name] = (*found.get(served.name, ()), served)
    return found


def find(resource: str, name: str) -> Served | None:
    """Return what serves subresource `name` of the resource with that storage key."""
    candidates = discover().get(name, ())
    for served in candidates:
        if resource in served.resources:
            return served
    return next((served for served in candidates if not served.resources), None)


def all_verbs(handler: Verb) -> Mapping[str, Verb]:
    """Return a table in which every verb leads to `handler`; and OPTIONS, the one method that passes without a verb."""
    async def without_verb(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
        if exchange.request.method != "OPTIONS":
            raise errors.method_not_allowed()
        return await handler(exchange, backend, resource)

    return {**dict.fromkeys(CONNECT_METHODS, handler), "": without_verb}
