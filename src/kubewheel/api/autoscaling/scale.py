"""Scale: how many replicas a workload has and wants; a subresource of each."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation.faults import Faults, not_negative
from kubewheel.libs.wire import Object


def validate(scale: Object) -> Faults:
    """Return the faults of a Scale."""
    return not_negative(scale.get("spec") or {}, "spec", "replicas")


def row(scale: Object, now: float) -> Sequence[Any]:
    """Return the cells of a Scale."""
    wanted, found = (scale.get("spec") or {}).get("replicas", 0), (scale.get("status") or {}).get("replicas", 0)
    return scale["metadata"].get("name"), wanted, found, cells.age(scale, now)


KIND = Kind(
    "autoscaling", "Scale", validate=validate, row=row,
    columns=(
        NAME, Column("Desired", type="integer", description="How many replicas there are to be."),
        Column("Available", type="integer", description="How many replicas there are."), AGE,
    ),
)
