"""autoscaling/v2beta1: what is wanted of a metric and what it is stand next to its name; behavior is an annotation."""

from typing import Any

from kubewheel.api.autoscaling import version1
from kubewheel.api.retired.definitions import Struct

_QUANTITY = "@io.k8s.apimachinery.pkg.api.resource.Quantity"
_SELECTOR = "@io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"
_NAME = ("s", "The metric's name.")
_CHOSEN = (_SELECTOR, "Which series of the metric count.")


def to_stored(scaler: dict[str, Any]) -> None:
    """Give an autoscaler the form of v2."""
    spec, status = scaler.get("spec") or {}, scaler.get("status") or {}
    if spec.get("metrics"):
        spec["metrics"] = [version1.newer(each, "target") for each in spec["metrics"]]
    if status.get("currentMetrics"):
        status["currentMetrics"] = [version1.newer(each, "current") for each in status["currentMetrics"]]
    version1.take_behavior(scaler)


def from_stored(scaler: dict[str, Any]) -> None:
    """Give an autoscaler of v2 the form of v2beta1."""
    spec, status = scaler.get("spec") or {}, scaler.get("status") or {}
    if spec.get("metrics"):
        spec["metrics"] = [version1.older(each, "target") for each in spec["metrics"]]
    if status.get("currentMetrics"):
        status["currentMetrics"] = [version1.older(each, "current") for each in status["currentMetrics"]]
    version1.put_behavior(scaler)


def _values(side: str, *names: str) -> dict[str, tuple[Any, str]]:
    about = "What is wanted." if side == "target" else "What was measured."
    return {side + name: ("i" if name == "AverageUtilization" else _QUANTITY, about) for name in names}


def _structs(suffix: str, side: str) -> dict[str, Struct]:
    both = ("AverageUtilization", "AverageValue")
    others = ("metric", "target", "current", "describedObject")
    described = {"target": ("@CrossVersionObjectReference", "The object that the metric is about.")}
    return {
        f"ObjectMetric{suffix}": Struct(
            {**described, "metricName": _NAME, "selector": _CHOSEN, **_values(side, "Value"),
             "averageValue": (_QUANTITY, "The share of each pod.")},
            drop=others,
        ),
        f"PodsMetric{suffix}": Struct(
            {"metricName": _NAME, "selector": _CHOSEN, **_values(side, "AverageValue")}, drop=others,
        ),
        f"ResourceMetric{suffix}": Struct(_values(side, *both), drop=others),
        f"ContainerResourceMetric{suffix}": Struct(_values(side, *both), drop=others),
        f"ExternalMetric{suffix}": Struct(
            {"metricName": _NAME, "metricSelector": _CHOSEN, **_values(side, "Value", "AverageValue")}, drop=others,
        ),
    }


CONVERSIONS = {"HorizontalPodAutoscaler": (to_stored, from_stored)}
STRUCTS = {
    "HorizontalPodAutoscalerSpec": Struct(drop=("behavior",)), **_structs("Source", "target"),
    **_structs("Status", "current"),
}
