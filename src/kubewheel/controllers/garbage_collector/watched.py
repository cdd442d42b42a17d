"""What the collector watches: every kind that can be listed, watched and deleted, found by discovery."""

from collections.abc import Callable

from kubewheel.api.registry import Resource
from kubewheel.client import Informer
from kubewheel.client.discovery import discover
from kubewheel.libs.wire import Object
from kubewheel.reconcile import World

VERBS = frozenset(("list", "watch", "delete"))
# Nobody owns through events, and there are many of them.
IGNORED = frozenset((("", "events"), ("events.k8s.io", "events")))

Handler = Callable[[str, str, Object | None, Object | None], None]


class Watched:
    """The informers of all kinds; told of changes, `handler` gets the kind as well."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._informers: dict[str, Informer] = {}

    async def refresh(self, world: World) -> None:
        """Watch kinds that are new, and stop watching kinds that are not served any more."""
        found = {each.qualified_kind: each for each in (await discover(world.client)).resources if _is_wanted(each)}
        for kind in [kind for kind in self._informers if kind not in found]:
            self._drop(world, kind)
        for kind, resource in found.items():
            if kind not in self._informers:
                self._watch(world, kind, resource)
        for informer in list(self._informers.values()):
            # A kind that cannot be listed must not hold back all others: absent owners are verified anyway.
            await informer.wait_tried()

    def _watch(self, world: World, kind: str, resource: Resource) -> None:
        world.client.learn(kind, resource)
        world.informers.client.learn(kind, resource)
        # In one process whole objects are shared and cost nothing; over a network metadata is enough.
        lean = world.client.remote and world.informers.existing(kind) is None
        informer = world.informers.informer(kind, metadata_only=lean)
        self._informers[kind] = informer

        def tell(type: str, new: Object | None, old: Object | None) -> None:
            self._handler(type, kind, new, old)

        informer.add_handler(tell)

    def _drop(self, world: World, kind: str) -> None:
        informer = self._informers.pop(kind)
        world.informers.forget(informer)
        for obj in informer.list():
            self._handler("DELETED", kind, None, obj)


def _is_wanted(resource: Resource) -> bool:
    return set(resource.verbs) >= VERBS and (resource.group, resource.plural) not in IGNORED
