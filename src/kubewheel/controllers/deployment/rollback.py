"""Rollback that a Deployment asks for itself, as `spec.rollbackTo` of the retired versions does: an annotation.

Newer clients write the earlier template into the Deployment instead, and the controller does not see a difference.
"""

from collections.abc import Sequence
from typing import Any

from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.deployment import hashing, revisions
from kubewheel.libs.wire import Object
from kubewheel.reconcile import World, objects

WANTED = "deprecated.deployment.rollback.to"
DONE = "DeploymentRollback"
NOT_FOUND = "DeploymentRollbackRevisionNotFound"
UNCHANGED = "DeploymentRollbackTemplateUnchanged"


def wanted(deployment: Object) -> int | None:
    """Return the revision that a Deployment asks for; 0 is the one before the last; None if it asks for none."""
    text = objects.annotations(deployment).get(WANTED, "")
    return int(text) if text.isdigit() else None


def find(number: int, sets: Sequence[Object]) -> Object | None:
    """Return the ReplicaSet that has the template of a revision."""
    if number:
        return next((each for each in sets if revisions.revision(each) == number), None)
    known = sorted((each for each in sets if revisions.revision(each)), key=revisions.revision)
    return known[-2] if len(known) > 1 else None


async def roll_back(world: World, deployment: Object, number: int, sets: Sequence[Object]) -> None:
    """Give the Deployment the template of a revision; it asks no more, whether that could be done or not."""
    source = find(number, sets)
    spec = deployment["spec"]
    if source is None:
        text = "Unable to find the revision to rollback to." if number else "Unable to find last revision."
        world.event(deployment, WARNING, NOT_FOUND, text)
    elif hashing.without_hash(source["spec"]["template"]) == hashing.without_hash(spec["template"]):
        text = f'The rollback revision contains the same template as current deployment "{objects.name(deployment)}"'
        world.event(deployment, WARNING, UNCHANGED, text)
    else:
        spec = {**spec, "template": hashing.without_hash(source["spec"]["template"])}
        text = f'Rolled back deployment "{objects.name(deployment)}" to revision {revisions.revision(source)}'
        world.event(deployment, NORMAL, DONE, text)
    await world.update({**_asking_no_more(deployment), "spec": spec})


def _asking_no_more(deployment: Object) -> dict[str, Any]:
    kept = {key: value for key, value in objects.annotations(deployment).items() if key != WANTED}
    return objects.with_metadata(deployment, annotations=kept)
