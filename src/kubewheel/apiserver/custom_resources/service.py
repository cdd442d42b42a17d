"""Which custom resources are served: follows the definitions in the store, whoever wrote them."""

import asyncio
import weakref
from typing import Any

from kubewheel.api import errors
from kubewheel.api.custom import acceptance, kind, resources
from kubewheel.api.registry import Registry, Resource
from kubewheel.apiserver.custom_resources.conversion import Conversion
from kubewheel.apiserver.custom_resources.queue import Queue
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Object
from kubewheel.storage import Entry, Key, Store, Watch

LINGER_SECONDS = 0.05
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


class CustomResources:
    """The custom resources of one server. Without definitions it costs nothing."""

    def __init__(self, store: Store, registry: Registry, conversion: Conversion) -> None:
        self.queue = Queue()
        self.conversion = conversion
        self._store = store
        self._registry = registry
        self._served: dict[str, tuple[object, tuple[Resource, ...]]] = {}
        self._watches: dict[str, weakref.WeakSet[Watch]] = {}

    def refresh(self, key: Key) -> None:
        """Serve what the definition at `key` says by now."""
        entry = self._store.get(key)
        definition = entry.object if entry is not None else None
        self.queue.add(key.name)
        old_form, old = self._served.get(key.name, (None, ()))
        if entry is None or definition is None or not acceptance.is_established(definition):
            self._replace(key.name, old, (), None)
            return
        form = _form(definition)
        if form != old_form:
            self._replace(key.name, old, tuple(resources.of(definition, since=entry.revision)), form)

    def _replace(self, name: str, old: tuple[Resource, ...], new: tuple[Resource, ...], form: object) -> None:
        paths = {(each.version, each.plural) for each in new}
        for resource in old:
            if (resource.version, resource.plural) not in paths:
                self._registry.remove(resource)
        for resource in new:
            self._registry.add(resource)
        for watch in self._watches.pop(name, ()):
            # It would show objects in a form that is no more; what is on its way still arrives.
            asyncio.get_running_loop().call_later(LINGER_SECONDS, watch.close)
        if new:
            self._served[name] = (form, new)
        else:
            self._served.pop(name, None)

    def served(self, name: str) -> tuple[Resource, ...]:
        """Return the resources of a definition."""
        return self._served.get(name, (None, ()))[1]

    def track(self, resource: Resource, watch: Watch) -> None:
        """Remember a watch that has to end when its definition changes or goes."""
        if resource.custom is not None:
            self._watches.setdefault(resource.storage_key, weakref.WeakSet()).add(watch)

    def enter(self, exchange: Exchange, resource: Resource) -> None:
        """Prepare a request for a custom resource."""
        found = kind.of(resource)
        if found is None:
            return
        exchange.custom = found
        if exchange.info.verb == "create":
            self._refuse_terminating(found)
        if found.deprecation:
            exchange.warn(found.deprecation)

    def _refuse_terminating(self, found: kind.CustomKind) -> None:
        entry = self._store.get(Key(DEFINITIONS, "", found.definition))
        if entry is not None and entry.object["metadata"].get("deletionTimestamp"):
            failure = errors.method_not_allowed()
            failure.message = "create not allowed while custom resource definition is terminating"
            raise failure

    async def ready(self, resource: Resource, entry: Entry) -> Entry:
        """Return a stored object in the form that `resource` shows."""
        return (await self.conversion.ready(resource, [entry]))[0]

    async def at_rest(self, resource: Resource, content: dict[str, Any]) -> dict[str, Any]:
        """Return an object, in the form that `resource` shows, in the form in which it is stored."""
        return await self.conversion.at_rest(resource, content)


def _form(definition: Object) -> object:
    """Return what the resources of a definition are made from, to compare."""
    return definition["spec"], (definition.get("status") or {}).get("acceptedNames")
