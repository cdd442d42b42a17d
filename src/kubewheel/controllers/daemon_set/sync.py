"""The reconcile of a DaemonSet: one pod where one is wanted, then the next part of an update, then the status."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kubewheel.api import pods, selectors
from kubewheel.api.errors import StatusError
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers import history
from kubewheel.controllers.daemon_set import placement, plan, rolling, status
from kubewheel.controllers.daemon_set.plan import Backoff, Daemons, Step
from kubewheel.controllers.history import History
from kubewheel.libs.wire import Object
from kubewheel.reconcile import (
    Change,
    Controller,
    Done,
    Key,
    Later,
    Maps,
    Outcome,
    World,
    batches,
    changes,
    key_of,
    objects,
    ownership,
)

KIND = "DaemonSet.apps"
CREATED, FAILED_CREATE = "SuccessfulCreate", "FailedCreate"
DELETED, FAILED_DELETE = "SuccessfulDelete", "FailedDelete"
SELECTS_ALL = "SelectingAll"


def selector_of(daemon_set: Object) -> LabelSelector:
    """Return which pods a DaemonSet is about."""
    return selectors.from_object(daemon_set["spec"].get("selector"))


@dataclass(frozen=True, slots=True)
class DaemonSets:
    """The controller of DaemonSets; it remembers, for each, on which nodes pods have failed."""

    _failures: dict[str, dict[str, Backoff]] = field(default_factory=dict)

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name="daemonset-controller", watches=KIND, reconcile=self.reconcile, owns=("Pod",),
            maps=(ownership.orphans_of("Pod", KIND, selector_of), Maps("Node", _of_node), Maps(KIND, self._forget)),
            indexes={history.KIND: ownership.INDEXES}, ignores=changes.only_status,
            identity="daemon-set-controller",
        )

    def _forget(self, _: World, change: Change) -> Iterable[Key]:
        if change.new is None:
            self._failures.pop(objects.uid(change.object), None)
        return ()

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Take the next step of one DaemonSet."""
        daemon_set = world.get(KIND, key)
        if daemon_set is None or objects.is_deleting(daemon_set):
            return Done()
        selector = selector_of(daemon_set)
        if selector.is_empty:
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            world.event(daemon_set, WARNING, SELECTS_ALL, text)
            return Done()
        await ownership.claim(world, daemon_set, "Pod", selector, adoptable=pods.is_active)
        found = await history.observe(world, daemon_set, selector, history.POD_LABEL)
        step, error = await self._step(world, daemon_set, found)
        after = _observe(world, daemon_set, found)
        if error is None:
            await _truncate(world, daemon_set, found, after)
        await world.update_status(daemon_set, status.plan_status(after, found.collisions))
        if error is not None:
            raise error
        waits = [step.wait, status.seconds_to_next(after) or 0.0]
        wait = min((seconds for seconds in waits if seconds > 0), default=0.0)
        return Later(wait) if wait else Done()

    async def _step(self, world: World, daemon_set: Object, found: History) -> tuple[Step, Exception | None]:
        daemons = _observe(world, daemon_set, found)
        failures = self._failures.setdefault(objects.uid(daemon_set), {})
        step = plan.plan_nodes(daemons, failures.get)
        now = world.clock.now()
        for node in step.failed:
            last = failures.get(node)
            failures[node] = last.next(now) if last is not None else Backoff(plan.FIRST_DELAY, now)
        for event in step.events:
            world.event(daemon_set, *event)
        error = await _carry_out(world, daemon_set, step, daemons.suffix)
        if error is None and step.is_empty and _is_rolling(daemon_set):
            error = await _carry_out(world, daemon_set, rolling.plan_update(daemons), daemons.suffix)
        return step, error


def _is_rolling(daemon_set: Object) -> bool:
    return bool(daemon_set["spec"]["updateStrategy"].get("type") == "RollingUpdate")


def _observe(world: World, daemon_set: Object, found: History) -> Daemons:
    fits = {objects.name(node): placement.fit(daemon_set, node) for node in world.list("Node")}
    suffix = objects.labels(found.update).get(history.POD_LABEL, "")
    owned = plan.by_node(ownership.owned(world, daemon_set, "Pod"))
    return Daemons(daemon_set, fits, owned, suffix, world.clock.now())


async def _carry_out(world: World, daemon_set: Object, step: Step, suffix: str) -> Exception | None:
    template, namespace = daemon_set["spec"]["template"], objects.namespace(daemon_set)

    async def create(place: int) -> None:
        pod = placement.new_pod(daemon_set, template, suffix, step.create[place])
        try:
            made = await world.create(pod, namespace=namespace)
        except StatusError as error:
            if not objects.is_namespace_terminating(error):
                world.event(daemon_set, WARNING, FAILED_CREATE, f"Error creating: {error}")
            raise
        world.event(daemon_set, NORMAL, CREATED, f"Created pod: {objects.name(made)}")

    error = (await batches.slow_start(len(step.create), create))[1]
    if error is not None and objects.is_namespace_terminating(error):
        error = None
    return error or await _delete(world, daemon_set, step.delete)


async def _delete(world: World, daemon_set: Object, doomed: Sequence[Object]) -> Exception | None:
    async def delete(pod: Object) -> None:
        try:
            deleted = await world.delete(pod)
        except StatusError as error:
            world.event(daemon_set, WARNING, FAILED_DELETE, f"Error deleting: {error}")
            raise
        if deleted:
            world.event(daemon_set, NORMAL, DELETED, f"Deleted pod: {objects.name(pod)}")

    errors = await batches.each(doomed, delete)
    return errors[0] if errors else None


async def _truncate(world: World, daemon_set: Object, found: History, daemons: Daemons) -> None:
    used = {objects.labels(pod).get(history.POD_LABEL) for each in daemons.pods.values() for pod in each}
    live = {objects.name(each) for each in found.revisions if objects.labels(each).get(history.POD_LABEL) in used}
    for revision in history.plan_truncation(daemon_set, found.revisions, live | {objects.name(found.update)}):
        await world.delete(revision)


def _of_node(world: World, change: Change) -> Iterable[Key]:
    """A node concerns those DaemonSets for which it is, or was, another one than before."""
    new, old = change.new, change.old
    if new is not None and old is not None and _looks(new) == _looks(old):
        return ()
    return [
        key_of(each) for each in world.list(KIND)
        if new is None or old is None or placement.fit(each, new) != placement.fit(each, old)
    ]


def _looks(node: Object) -> tuple[object, object]:
    return objects.labels(node), (node.get("spec") or {}).get("taints")
