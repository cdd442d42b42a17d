"""The reconcile of a namespace."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.client.discovery import discover
from kubewheel.controllers.namespace import content
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Later, Maps, Outcome, World, conditions, objects

FINALIZER = "kubernetes"
DISCOVERY = "NamespaceDeletionDiscoveryFailure"
PARSING = "NamespaceDeletionGroupVersionParsingFailure"
DELETION = "NamespaceDeletionContentFailure"
REMAINING = "NamespaceContentRemaining"
FINALIZERS = "NamespaceFinalizersRemaining"
RETRY_SECONDS = 5.0  # For objects whose finalizers somebody else must remove: nothing tells when that happens.


async def reconcile(key: Key, world: World) -> Outcome:
    """Empty one terminating namespace, as far as possible now."""
    namespace = world.get("Namespace", key)
    if namespace is None or not objects.is_deleting(namespace):
        return Done()
    if FINALIZER not in (namespace["spec"].get("finalizers") or ()):
        return Done()
    found = await discover(world.client)
    resources = content.deletable(found.resources)
    remains = await content.empty(world.client, key.name, [each for each in resources if each.key == "pods"])
    if remains.is_empty:
        remains = await content.empty(world.client, key.name, [each for each in resources if each.key != "pods"])
    if not remains.is_empty or found.missing:
        await _report(world, namespace, plan_conditions(remains, found.missing, rfc3339(world.clock.now())))
        return Later(min(RETRY_SECONDS, remains.grace_seconds / 2 + 1) if remains.grace_seconds else RETRY_SECONDS)
    await _let_go(world, namespace)
    return Done()


def plan_conditions(
    remains: content.Remains, missing: Sequence[str], now: str
) -> list[Mapping[str, Any]]:
    """Return the five conditions that tell how the deletion goes."""
    def condition(type: str, bad: str, reasons: tuple[str, str], good: str) -> Mapping[str, Any]:
        status, reason, text = ("True", reasons[0], bad) if bad else ("False", reasons[1], good)
        return conditions.make(type, status, reason, text, now)

    discovery = _missing(missing) if missing else ""
    deletion = f"Failed to delete all resource types, {len(remains.failures)} remaining: {', '.join(remains.failures)}"
    return [
        condition(DISCOVERY, discovery, ("DiscoveryFailed", "ResourcesDiscovered"),
                  "All resources successfully discovered"),
        condition(PARSING, "", ("GroupVersionParsingFailed", "ParsedGroupVersions"),
                  "All legacy kube types successfully parsed"),
        condition(DELETION, deletion if remains.failures else "", ("ContentDeletionFailed", "ContentDeleted"),
                  "All content successfully deleted, may be waiting on finalization"),
        condition(REMAINING, _resources(remains.counts), ("SomeResourcesRemain", "ContentRemoved"),
                  "All content successfully removed"),
        condition(FINALIZERS, _finalizers(remains.finalizers), ("SomeFinalizersRemain", "ContentHasNoFinalizers"),
                  "All content-preserving finalizers finished"),
    ]


def _missing(missing: Sequence[str]) -> str:
    listed = ", ".join(f"{each}: stale GroupVersion discovery: {each}" for each in sorted(missing))
    text = f"unable to retrieve the complete list of server APIs: {listed}"
    return f"Discovery failed for some groups, {len(missing)} failing: {text}"


def _resources(counts: Counter[str]) -> str:
    shown = ", ".join(
        f"{key if '.' in key else key + '.'} has {count} resource instances" for key, count in sorted(counts.items())
    )
    return f"Some resources are remaining: {shown}" if shown else ""


def _finalizers(counts: Counter[str]) -> str:
    shown = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(counts.items()))
    return f"Some content in the namespace has finalizers remaining: {shown}" if shown else ""


async def _report(world: World, namespace: Object, found: Iterable[Mapping[str, Any]]) -> None:
    status = namespace.get("status") or {}
    merged = status.get("conditions") or []
    for condition in found:
        merged = conditions.put(merged, condition)
    await world.update_status(namespace, {**status, "phase": "Terminating", "conditions": merged})


async def _let_go(world: World, namespace: Object) -> None:
    left = [name for name in namespace["spec"]["finalizers"] if name != FINALIZER]
    final = {**namespace, "spec": {**namespace["spec"], "finalizers": left}}
    await world.client.update(final, subresource="finalize")


def _of_deleted_pod(world: World, change: Change) -> Iterable[Key]:
    """A terminating namespace waits for its pods: the last one's end is worth a look at once."""
    if change.new is not None:
        return []
    name = objects.namespace(change.object)
    namespace = world.get("Namespace", ("", name))
    if namespace is None or not objects.is_deleting(namespace) or world.list("Pod", name):
        return []
    return [Key("", name)]


CONTROLLER = Controller(
    name="namespace-controller", watches="Namespace", reconcile=reconcile, workers=10,
    maps=(Maps("Pod", _of_deleted_pod),),
)
