"""The reconcile: claims pods, carries out the plan, writes the status."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubewheel.api import pods
from kubewheel.api.errors import StatusError
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.replication import plan as planning
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import (
    Controller,
    Done,
    Key,
    Later,
    Outcome,
    World,
    batches,
    conditions,
    objects,
    ownership,
    replicas,
)

CREATED = "SuccessfulCreate"
DELETED = "SuccessfulDelete"
FAILED_CREATE = "FailedCreate"
FAILED_DELETE = "FailedDelete"


class Failure(Exception):
    """Creates or deletes went wrong; `reason` is the condition's."""

    def __init__(self, reason: str, error: Exception) -> None:
        super().__init__(str(error))
        self.reason = reason
        self.error = error


@dataclass(frozen=True, slots=True)
class Replication:
    """Replication of one kind of owner. `counts_terminating`: its status tells of pods on their way out."""

    kind: str
    name: str
    selector_of: Callable[[Object], LabelSelector]
    counts_terminating: bool = False

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name=self.name, watches=self.kind, reconcile=self.reconcile, owns=("Pod",),
            maps=(ownership.orphans_of("Pod", self.kind, self.selector_of),),
            indexes={self.kind: ownership.INDEXES},
        )

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Bring the pods of one owner to the wanted number."""
        owner = world.get(self.kind, key)
        if owner is None:
            return Done()
        owned = await ownership.claim(world, owner, "Pod", self.selector_of(owner), adoptable=pods.is_active)
        failure = None
        if not objects.is_deleting(owner):
            try:
                await self._scale(world, owner, owned)
            except Failure as caught:
                failure = caught
        await self._report(world, owner, failure)
        if failure is not None:
            raise failure.error
        wait = planning.seconds_to_next(owner, owned, world.clock.now())
        return Done() if wait is None else Later(wait)

    async def _scale(self, world: World, owner: Object, owned: Sequence[Object]) -> None:
        wanted = owner["spec"].get("replicas", 1)
        now = world.clock.now()
        plan = planning.plan_replicas(wanted, owned, owned, now)
        if plan.delete and len(plan.delete) < len(owned):
            plan = planning.plan_replicas(wanted, owned, self._related(world, owner, owned), now)
        if plan.create:
            await self._create(world, owner, plan.create)
        if plan.delete:
            await self._delete(world, owner, plan.delete)

    def _related(self, world: World, owner: Object, owned: Sequence[Object]) -> list[Object]:
        """Return the pods of all owners that have the same controller: of all revisions of one Deployment."""
        reference = ownership.controller_of(owner)
        if reference is None:
            return list(owned)
        family = world.by_index(self.kind, ownership.BY_CONTROLLER, reference["uid"])
        return [pod for member in family for pod in ownership.owned(world, member, "Pod")]

    async def _create(self, world: World, owner: Object, count: int) -> None:
        prefix = f"{objects.name(owner)}-"
        pod = replicas.from_template(owner["spec"]["template"], ownership.reference_to(owner), prefix)
        namespace = objects.namespace(owner)

        async def create(_: int) -> None:
            try:
                made = await world.create(pod, namespace=namespace)
            except StatusError as error:
                if not objects.is_namespace_terminating(error):
                    world.event(owner, WARNING, FAILED_CREATE, f"Error creating: {error}")
                raise
            world.event(owner, NORMAL, CREATED, f"Created pod: {objects.name(made)}")

        error = (await batches.slow_start(count, create))[1]
        if error is not None and not objects.is_namespace_terminating(error):
            raise Failure(FAILED_CREATE, error)

    async def _delete(self, world: World, owner: Object, doomed: Sequence[Object]) -> None:
        async def delete(pod: Object) -> None:
            try:
                deleted = await world.delete(pod)
            except StatusError as error:
                world.event(owner, WARNING, FAILED_DELETE, f"Error deleting: {error}")
                raise
            if deleted:
                world.event(owner, NORMAL, DELETED, f"Deleted pod: {objects.name(pod)}")

        errors = await batches.each(doomed, delete)
        if errors:
            raise Failure(FAILED_DELETE, errors[0])

    async def _report(self, world: World, owner: Object, failure: Failure | None) -> None:
        now = world.clock.now()
        condition = None
        if failure is not None:
            condition = conditions.make("ReplicaFailure", "True", failure.reason, str(failure), rfc3339(now))
        owned = ownership.owned(world, owner, "Pod")
        status = planning.plan_status(owner, owned, condition, now)
        if self.counts_terminating and (count := sum(replicas.is_terminating(pod) for pod in owned)):
            status["terminatingReplicas"] = count
        await world.update_status(owner, status)
