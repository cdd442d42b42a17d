"""extensions/v1beta1: DaemonSet, Deployment and ReplicaSet, whose selectors come from their templates."""

from typing import Any

from kubewheel.api.retired import workloads
from kubewheel.api.retired.definitions import Struct


def _deployment(deployment: dict[str, Any]) -> None:
    workloads.select_by_template(deployment)
    workloads.default_rollout(deployment, pods=1, history=workloads.MOST, seconds=workloads.MOST)
    workloads.keep_rollback(deployment)


def _daemon_set(daemon_set: dict[str, Any]) -> None:
    workloads.select_by_template(daemon_set)
    workloads.default_on_delete(daemon_set)
    workloads.keep_template_generation(daemon_set)


def _as_stored(_: dict[str, Any]) -> None:
    """Show it as it is stored."""


CONVERSIONS = {
    "DaemonSet": (_daemon_set, workloads.show_template_generation),
    "Deployment": (_deployment, workloads.show_rollback),
    "ReplicaSet": (workloads.select_by_template, _as_stored),
}
STRUCTS = {
    **workloads.DEPLOYMENT_STRUCTS,
    "DaemonSetSpec": Struct(
        {"templateGeneration": ("j", "How many templates there have been; the server counts.")}, optional=("selector",),
    ),
    "ReplicaSetSpec": Struct(optional=("selector",)),
}
