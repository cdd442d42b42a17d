"""apps/v1beta1: Deployment and StatefulSet, whose selectors come from their templates."""

from typing import Any

from kubewheel.api.retired import workloads
from kubewheel.api.retired.definitions import Struct


def _deployment(deployment: dict[str, Any]) -> None:
    workloads.select_by_template(deployment)
    workloads.default_rollout(deployment, pods="25%", history=2, seconds=600)
    workloads.keep_rollback(deployment)


def _stateful_set(stateful_set: dict[str, Any]) -> None:
    workloads.select_by_template(stateful_set)
    workloads.default_on_delete(stateful_set)


def _as_stored(_: dict[str, Any]) -> None:
    """Show it as it is stored."""


CONVERSIONS = {
    "Deployment": (_deployment, workloads.show_rollback), "StatefulSet": (_stateful_set, _as_stored),
}
STRUCTS = {**workloads.DEPLOYMENT_STRUCTS, "StatefulSetSpec": Struct(optional=("selector",))}
