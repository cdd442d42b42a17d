"""The reconcile of a Deployment: one step towards the wanted state, then its status."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubewheel.api import pods, selectors
from kubewheel.api.errors import StatusError
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.deployment import hashing, progress, revisions, rollback, rolling, sizes
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
    objects,
    ownership,
)

KIND = "Deployment.apps"
REPLICASET = "ReplicaSet.apps"
SCALING = "ScalingReplicaSet"
SELECTS_ALL = "SelectingAll"


@dataclass(frozen=True, slots=True)
class Rollout:
    """A Deployment and its ReplicaSets: the one with its template, if it exists, and the others."""

    deployment: Object
    new: Object | None
    olds: Sequence[Object]

    @property
    def sets(self) -> list[Object]:
        """All ReplicaSets."""
        return [*self.olds, *([self.new] if self.new is not None else [])]


def selector_of(deployment: Object) -> LabelSelector:
    """Return which ReplicaSets and pods a Deployment is about."""
    return selectors.from_object(deployment["spec"].get("selector"))


def observe(world: World, deployment: Object) -> Rollout:
    """Return what the Deployment has."""
    sets = ownership.owned(world, deployment, REPLICASET)
    new = revisions.find_new(deployment, sets)
    olds = [each for each in sets if new is None or objects.uid(each) != objects.uid(new)]
    return Rollout(deployment, new, olds)


async def reconcile(key: Key, world: World) -> Outcome:
    """Take the next step of one Deployment."""
    deployment = world.get(KIND, key)
    if deployment is None:
        return Done()
    selector = selector_of(deployment)
    if selector.is_empty:
        text = "This deployment is selecting all pods. A non-empty selector is required."
        world.event(deployment, WARNING, SELECTS_ALL, text)
        return Done()
    await ownership.claim(world, deployment, REPLICASET, selector)
    if objects.is_deleting(deployment):
        await _report_sizes(world, observe(world, deployment))
        return Done()
    deployment = await _report_pause(world, deployment)
    rollout = observe(world, deployment)
    number = rollback.wanted(deployment)
    if number is not None and not deployment["spec"].get("paused"):
        await rollback.roll_back(world, deployment, number, rollout.sets)
        return Done()
    if deployment["spec"].get("paused") or revisions.is_scaling(deployment, rollout.sets):
        return await _scale(world, rollout)
    if sizes.is_rolling(deployment):
        return await _roll(world, rollout)
    return await _recreate(world, rollout)


async def _scale(world: World, rollout: Rollout) -> Outcome:
    rollout = await _with_new(world, rollout, is_creating=False)
    for resize in rolling.plan_scale(rollout.deployment, rollout.new, rollout.olds):
        await _resize(world, rollout.deployment, resize)
    if rollout.deployment["spec"].get("paused"):
        await _clean_up(world, rollout)
    await _report_sizes(world, observe(world, rollout.deployment))
    return Done()


async def _roll(world: World, rollout: Rollout) -> Outcome:
    rollout = await _with_new(world, rollout, is_creating=True)
    if rollout.new is None:
        return Done()
    growth = rolling.plan_new(rollout.deployment, rollout.new, rollout.olds)
    if growth is not None:
        await _resize(world, rollout.deployment, growth)
        return await _report(world, rollout.deployment)
    shrinking = rolling.plan_old(rollout.deployment, rollout.new, rollout.olds)
    for resize in shrinking:
        await _resize(world, rollout.deployment, resize)
    if not shrinking and progress.is_complete(rollout.deployment, rollout.deployment.get("status") or {}):
        await _clean_up(world, rollout)
    return await _report(world, rollout.deployment)


async def _recreate(world: World, rollout: Rollout) -> Outcome:
    rollout = await _with_new(world, rollout, is_creating=False)
    live = sizes.active(rollout.olds)
    for each in live:
        await _resize(world, rollout.deployment, rolling.Resize(each, 0))
    if live or _old_pods_run(world, rollout.olds):
        return await _report(world, rollout.deployment)
    rollout = await _with_new(world, rollout, is_creating=True)
    if rollout.new is None:
        return Done()
    growth = rolling.plan_new(rollout.deployment, rollout.new, rollout.olds)
    if growth is not None:
        await _resize(world, rollout.deployment, growth)
    elif progress.is_complete(rollout.deployment, rollout.deployment.get("status") or {}):
        await _clean_up(world, rollout)
    return await _report(world, rollout.deployment)


def _old_pods_run(world: World, olds: Iterable[Object]) -> bool:
    return any(not pods.is_terminal(pod) for each in olds for pod in ownership.owned(world, each, "Pod"))


async def _with_new(world: World, rollout: Rollout, *, is_creating: bool) -> Rollout:
    """Bring the new ReplicaSet's annotations up to date, create it if it is missing and wanted."""
    deployment = rollout.deployment
    number = revisions.next_revision(rollout.olds)
    if rollout.new is None:
        return await _create(world, rollout, number) if is_creating else rollout
    annotations = revisions.annotations_of_new(deployment, rollout.new, number)
    seconds = deployment["spec"].get("minReadySeconds") or 0
    new = rollout.new
    if annotations != objects.annotations(new) or (new["spec"].get("minReadySeconds") or 0) != seconds:
        changed = objects.with_metadata(new, annotations=annotations)
        new = await world.update({**changed, "spec": {**new["spec"], "minReadySeconds": seconds}})
    text = f'Found new replica set "{objects.name(new)}"'
    deployment = await _report_new(world, deployment, new, progress.FOUND, text, replaces=False)
    return Rollout(deployment, new, rollout.olds)


def _make_replicaset(deployment: Object, number: int) -> Object:
    spec = deployment["spec"]
    template = spec["template"]
    suffix = hashing.template_hash(template, (deployment.get("status") or {}).get("collisionCount") or 0)
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), hashing.LABEL: suffix}
    selector = spec["selector"]
    matched = {**(selector.get("matchLabels") or {}), hashing.LABEL: suffix}
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": f"{objects.name(deployment)}-{suffix}", "namespace": objects.namespace(deployment),
            "labels": labels, "annotations": revisions.annotations_of_new(deployment, None, number),
            "ownerReferences": [ownership.reference_to(deployment)],
        },
        "spec": {
            "replicas": 0, "minReadySeconds": spec.get("minReadySeconds") or 0,
            "selector": {**selector, "matchLabels": matched},
            "template": {**template, "metadata": {**metadata, "labels": labels}},
        },
    }


async def _create(world: World, rollout: Rollout, number: int) -> Rollout:
    deployment = rollout.deployment
    replicaset = dict(_make_replicaset(deployment, number))
    probe = {**replicaset, "status": {}}
    growth = rolling.plan_new(deployment, probe, rollout.olds)
    size = growth.replicas if growth is not None else 0
    replicaset["spec"] = {**replicaset["spec"], "replicas": size}
    try:
        new = await world.create(replicaset)
    except StatusError as error:
        if error.code == 409 and error.reason == "AlreadyExists":
            return await _resolve_collision(world, rollout, objects.name(replicaset))
        text = f'Failed to create new replica set "{objects.name(replicaset)}": {error}'
        world.event(deployment, WARNING, progress.CREATE_FAILED, text)
        await _report_create_failure(world, deployment, text)
        raise
    if size:
        text = f"Scaled up replica set {objects.name(new)} from 0 to {size}"
        world.event(deployment, NORMAL, SCALING, text)
    text = f'Created new replica set "{objects.name(new)}"'
    deployment = await _report_new(world, deployment, new, progress.CREATED, text, replaces=True)
    return Rollout(deployment, new, rollout.olds)


async def _resolve_collision(world: World, rollout: Rollout, name: str) -> Rollout:
    """The name is taken: by our own ReplicaSet, which the cache did not know, or by another template's hash."""
    deployment = rollout.deployment
    taken = await world.client.get(REPLICASET, name, objects.namespace(deployment))
    if ownership.is_controlled_by(taken, deployment) and revisions.find_new(deployment, [taken]) is not None:
        return Rollout(deployment, taken, rollout.olds)
    status = dict(deployment.get("status") or {})
    status["collisionCount"] = (status.get("collisionCount") or 0) + 1
    return Rollout(await world.update_status(deployment, status), None, rollout.olds)


async def _resize(world: World, deployment: Object, resize: rolling.Resize) -> None:
    replicaset, before = resize.replicaset, sizes.replicas(resize.replicaset)
    annotations = revisions.annotations_of_size(deployment)
    is_noted = annotations.items() <= objects.annotations(replicaset).items()
    if before == resize.replicas and is_noted:
        return
    changed = objects.with_annotations(replicaset, annotations)
    await world.update({**changed, "spec": {**replicaset["spec"], "replicas": resize.replicas}})
    if before != resize.replicas:
        direction = "up" if resize.replicas > before else "down"
        text = f"Scaled {direction} replica set {objects.name(replicaset)} from {before} to {resize.replicas}"
        world.event(deployment, NORMAL, SCALING, text)


async def _clean_up(world: World, rollout: Rollout) -> None:
    for replicaset in revisions.plan_cleanup(rollout.deployment, rollout.olds):
        await world.delete(replicaset)


async def _report(world: World, deployment: Object) -> Outcome:
    """Write the status of a rollout; come back when its deadline may have passed."""
    rollout, now = observe(world, deployment), world.clock.now()
    status = progress.plan_rollout_status(deployment, rollout.sets, rollout.new, now)
    await world.update_status(deployment, status)
    wait = progress.seconds_to_deadline(deployment, status, now)
    return Done() if wait is None else Later(wait)


async def _report_sizes(world: World, rollout: Rollout) -> None:
    status = progress.plan_status(rollout.deployment, rollout.sets, rollout.new, world.clock.now())
    await world.update_status(rollout.deployment, status)


async def _report_pause(world: World, deployment: Object) -> Object:
    """Note pausing and resuming, so that the deadline does not count the time between."""
    status = deployment.get("status") or {}
    present = objects.condition(deployment, progress.PROGRESSING)
    reason = present.get("reason") if present is not None else None
    is_paused = bool(deployment["spec"].get("paused"))
    is_noted = is_paused == (reason == progress.PAUSED)
    if is_noted or reason == progress.TIMED_OUT or not progress.has_deadline(deployment):
        return deployment
    reason, text = (
        (progress.PAUSED, "Deployment is paused") if is_paused else (progress.RESUMED, "Deployment is resumed")
    )
    found = progress.condition(progress.PROGRESSING, "Unknown", reason, text, world.clock.now())
    return await world.update_status(deployment, progress.with_condition(status, found))


async def _report_new(
    world: World, deployment: Object, new: Object, reason: str, text: str, *, replaces: bool
) -> Object:
    """Write the Deployment's revision and, at the start of a rollout, its progress."""
    status = deployment.get("status") or {}
    present = objects.condition(deployment, progress.PROGRESSING)
    if progress.has_deadline(deployment) and (present is None or replaces):
        found = progress.condition(progress.PROGRESSING, "True", reason, text, world.clock.now())
        status = progress.with_condition(status, found)
    revision = objects.annotations(new).get(revisions.REVISION, "")
    is_noted = objects.annotations(deployment).get(revisions.REVISION) == revision
    if is_noted and status == (deployment.get("status") or {}):
        return deployment
    changed = objects.with_annotations(deployment, {revisions.REVISION: revision})
    return await world.update({**changed, "status": status}, subresource="status")


async def _report_create_failure(world: World, deployment: Object, text: str) -> None:
    if not progress.has_deadline(deployment):
        return
    found = progress.condition(progress.PROGRESSING, "False", progress.CREATE_FAILED, text, world.clock.now())
    await world.update_status(deployment, progress.with_condition(deployment.get("status") or {}, found))


def _of_deleted_pod(world: World, change: Change) -> Iterable[Key]:
    """A Deployment that recreates waits for the last pod of its old templates."""
    reference = ownership.controller_of(change.object)
    if change.new is not None or reference is None or reference["kind"] != "ReplicaSet":
        return []
    namespace = objects.namespace(change.object)
    replicaset = world.get(REPLICASET, (namespace, reference["name"]))
    owner = ownership.controller_of(replicaset) if replicaset is not None else None
    if owner is None or owner["kind"] != "Deployment":
        return []
    deployment = world.get(KIND, (namespace, owner["name"]))
    return [] if deployment is None or sizes.is_rolling(deployment) else [Key(namespace, owner["name"])]


CONTROLLER = Controller(
    name="deployment-controller", watches=KIND, reconcile=reconcile, owns=(REPLICASET,),
    maps=(ownership.orphans_of(REPLICASET, KIND, selector_of), Maps("Pod", _of_deleted_pod)),
    indexes={"Pod": ownership.INDEXES},
)
