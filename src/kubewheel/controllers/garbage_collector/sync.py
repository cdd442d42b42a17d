"""The reconcile of an object whose owners or dependents changed: verifies with live reads, then acts."""

import asyncio
from collections.abc import Iterable, Sequence

from kubewheel.api.errors import StatusError
from kubewheel.client.events import WARNING
from kubewheel.controllers.garbage_collector import graph
from kubewheel.controllers.garbage_collector.graph import Graph, Item, Reference
from kubewheel.controllers.garbage_collector.owners import Owners, Verifier
from kubewheel.controllers.garbage_collector.watched import Watched
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, objects

REFRESH = Key("", "kinds")
OBJECT = "object"  # Keys of objects are (OBJECT, uid).
INVALID_NAMESPACE = "OwnerRefInvalidNamespace"


def controller() -> Controller:
    """Return the controller, with a graph of its own."""
    return Collector().controller()


class Collector:
    """One garbage collector."""

    def __init__(self) -> None:
        self._graph = Graph()
        self._ready = asyncio.Event()
        self._verifier: Verifier | None = None
        self._world: World | None = None
        self._watched = Watched(self._changed)

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name="generic-garbage-collector", watches="", reconcile=self.reconcile, workers=20, first=(REFRESH,),
            component="garbage-collector-controller", maps=(
                Maps("CustomResourceDefinition.apiextensions.k8s.io", _kinds_changed),
                Maps("APIService.apiregistration.k8s.io", _kinds_changed),
            ),
        )

    def _changed(self, type: str, kind: str, new: Object | None, old: Object | None) -> None:
        assert self._world is not None
        if new is not None:
            uids = self._graph.observe(kind, new)
        else:
            assert old is not None
            uids = self._graph.forget(objects.uid(old))
        for uid in uids:
            self._world.enqueue(Key(OBJECT, uid))

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Look at one object, or at the kinds to watch."""
        if key == REFRESH:
            self._world = world
            await self._watched.refresh(world)
            self._ready.set()
            return Done()
        await self._ready.wait()
        item = self._graph.item(key.name)
        if item is None:
            return Done()
        if item.is_orphaning:
            await self._release_dependents(world, item)
        elif item.is_foreground:
            await self._delete_dependents(world, item)
        elif item.owners and not item.is_deleting:
            await self._collect(world, item)
        return Done()

    # Dependents.

    async def _collect(self, world: World, item: Item) -> None:
        """Delete an object that all owners have left, or drop the references to those that are gone."""
        verifier = self._verifier_of(world)
        live = await verifier.live(item.kind, item.namespace, item.name)
        if live is None or objects.uid(live) != item.uid:
            self._forget(world, item.uid)
            return
        if objects.is_deleting(live):
            return
        references: Sequence[Reference] = live["metadata"].get("ownerReferences") or ()
        self._report_foreign(world, live, item, references)
        owners = await verifier.sort(item, references)
        if not (owners.absent or owners.waiting):
            return
        if owners.solid:
            gone = [each["uid"] for each in (*owners.absent, *owners.waiting)]
            await _set_owners(world, item, live, graph.without_owners(references, gone))
        else:
            await self._delete(world, item, live, owners)

    async def _delete(self, world: World, item: Item, live: Object, owners: Owners) -> None:
        finalizers = objects.finalizers(live)
        propagation = "Background"
        if graph.ORPHAN in finalizers:
            propagation = "Orphan"
        elif graph.FOREGROUND in finalizers:
            propagation = "Foreground"
        if owners.waiting and self._graph.dependents(item.uid):
            # The owner waits for all its descendants. A circle of blocking owners would wait for ever: break it.
            if any(each.is_foreground for each in self._graph.dependents(item.uid)):
                references = [{**each, "blockOwnerDeletion": False} for each in live["metadata"]["ownerReferences"]]
                live = await _set_owners(world, item, live, references)
            propagation = "Foreground"
        try:
            await world.client.delete(item.kind, item.name, item.namespace, uid=item.uid, propagation=propagation)
        except StatusError as error:
            if error.code not in (404, 409):
                raise
            if error.code == 404:
                self._forget(world, item.uid)

    def _report_foreign(self, world: World, live: Object, item: Item, references: Iterable[Reference]) -> None:
        for reference in references:
            if not self._graph.is_foreign(reference, item.namespace):
                continue
            about = (
                f"[{reference['apiVersion']}/{reference['kind']}, namespace: {item.namespace}, "
                f"name: {reference['name']}, uid: {reference['uid']}]"
            )
            text = f'ownerRef {about} does not exist in namespace "{item.namespace}"'
            world.event(self._named(world, item, live), WARNING, INVALID_NAMESPACE, text)

    def _named(self, world: World, item: Item, live: Object) -> Object:
        resource = world.client.resource(item.kind)
        return {**live, "apiVersion": resource.api_version, "kind": resource.kind}

    # Owners.

    async def _delete_dependents(self, world: World, item: Item) -> None:
        """Let a foreground-deleted owner go once no dependent blocks it; until then see that they are deleted."""
        dependents = self._graph.dependents(item.uid)
        if not any(each.blocks(item.uid) for each in dependents):
            await self._remove_finalizer(world, item, graph.FOREGROUND)
            return
        for each in dependents:
            if not each.is_deleting:
                world.enqueue(Key(OBJECT, each.uid))

    async def _release_dependents(self, world: World, item: Item) -> None:
        """Take an orphaning owner out of its dependents, then let it go."""
        verifier = self._verifier_of(world)
        for each in self._graph.dependents(item.uid):
            live = await verifier.live(each.kind, each.namespace, each.name)
            if live is None or objects.uid(live) != each.uid:
                self._forget(world, each.uid)
                continue
            references = live["metadata"].get("ownerReferences") or ()
            await _set_owners(world, each, live, graph.without_owners(references, [item.uid]))
        await self._remove_finalizer(world, item, graph.ORPHAN)

    async def _remove_finalizer(self, world: World, item: Item, finalizer: str) -> None:
        live = await self._verifier_of(world).live(item.kind, item.namespace, item.name)
        if live is None or objects.uid(live) != item.uid:
            self._forget(world, item.uid)
            return
        left = [each for each in objects.finalizers(live) if each != finalizer]
        if len(left) != len(objects.finalizers(live)):
            await _patch(world, item, live, {"finalizers": left})

    def _forget(self, world: World, uid: str) -> None:
        for each in self._graph.forget(uid):
            world.enqueue(Key(OBJECT, each))

    def _verifier_of(self, world: World) -> Verifier:
        if self._verifier is None:
            self._verifier = Verifier(world.client)
        return self._verifier


async def _set_owners(world: World, item: Item, live: Object, references: Sequence[Reference]) -> Object:
    return await _patch(world, item, live, {"ownerReferences": list(references)})


async def _patch(world: World, item: Item, live: Object, metadata: Object) -> Object:
    """Change metadata of the object as it was read: its revision guards against changes of others."""
    guard = {"uid": item.uid, "resourceVersion": live["metadata"]["resourceVersion"]}
    return await world.client.patch(item.kind, item.name, {"metadata": {**metadata, **guard}}, item.namespace)


def _kinds_changed(_: World, change: Change) -> Iterable[Key]:
    old, new = change.old, change.new
    if old is not None and new is not None and old.get("spec") == new.get("spec"):
        before, after = (objects.condition(each, "Established") for each in (old, new))
        if (before or {}).get("status") == (after or {}).get("status"):
            return []
    return [REFRESH]
