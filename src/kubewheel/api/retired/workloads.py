"""What the retired forms of workloads share: selectors that come from the template, rollbacks asked for in the spec."""

from collections.abc import Mapping
from typing import Any

from kubewheel.api.defaults.fields import fill, fill_empty, part_of
from kubewheel.api.retired.definitions import Struct

ROLLBACK = "deprecated.deployment.rollback.to"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
MOST = 2_147_483_647  # No limit, as a number of 32 bits says it.

DEPLOYMENT_STRUCTS: Mapping[str, Struct] = {
    "DeploymentSpec": Struct(
        {"rollbackTo": ("@RollbackConfig", "The revision to roll back to; cleared when that is done.")},
        optional=("selector",),
    ),
    "RollbackConfig": Struct({"revision": ("j", "The revision to roll back to; 0 is the one before the last.")}),
}


def select_by_template(workload: dict[str, Any]) -> None:
    """Let a workload without a selector select the labels of its template; those become its own, too."""
    spec = part_of(workload, "spec")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not labels:
        return
    if spec.get("selector") is None:
        spec["selector"] = {"matchLabels": dict(labels)}
    metadata = part_of(workload, "metadata")
    if not metadata.get("labels"):
        metadata["labels"] = dict(labels)


def default_rollout(deployment: dict[str, Any], *, pods: Any, history: int, seconds: int) -> None:
    """Complete a Deployment whose rollouts change `pods` at a time, keep `history` and may take `seconds`."""
    spec = part_of(deployment, "spec")
    strategy = part_of(spec, "strategy")
    fill_empty(strategy, "type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = part_of(strategy, "rollingUpdate")
        fill(rolling, "maxUnavailable", pods)
        fill(rolling, "maxSurge", pods)
    fill(spec, "revisionHistoryLimit", history)
    fill(spec, "progressDeadlineSeconds", seconds)


def default_on_delete(workload: dict[str, Any]) -> None:
    """Replace pods only when they are deleted, unless the workload says otherwise."""
    fill_empty(part_of(part_of(workload, "spec"), "updateStrategy"), "type", "OnDelete")


def keep_rollback(deployment: dict[str, Any]) -> None:
    """Write down the revision to roll back to where the stored form has it."""
    wanted = part_of(deployment, "spec").pop("rollbackTo", None)
    if wanted is not None:
        part_of(part_of(deployment, "metadata"), "annotations")[ROLLBACK] = str(wanted.get("revision") or 0)


def show_rollback(deployment: dict[str, Any]) -> None:
    """Show the revision to roll back to in the spec."""
    revision = take_annotation(deployment, ROLLBACK)
    if revision.isdigit():
        part_of(deployment, "spec")["rollbackTo"] = {"revision": int(revision)}


def take_annotation(thing: dict[str, Any], name: str) -> str:
    """Take an annotation away and return it; empty if there is none."""
    metadata = part_of(thing, "metadata")
    annotations = metadata.get("annotations") or {}
    value = str(annotations.pop(name, ""))
    if not annotations:
        metadata.pop("annotations", None)
    return value


def keep_template_generation(daemon_set: dict[str, Any]) -> None:
    """Write down the count of templates where the stored form has it."""
    count = part_of(daemon_set, "spec").pop("templateGeneration", None)
    if count is not None:
        part_of(part_of(daemon_set, "metadata"), "annotations")[TEMPLATE_GENERATION] = str(count)


def show_template_generation(daemon_set: dict[str, Any]) -> None:
    """Show the count of templates in the spec."""
    count = take_annotation(daemon_set, TEMPLATE_GENERATION)
    if count.isdigit():
        part_of(daemon_set, "spec")["templateGeneration"] = int(count)
