"""ComponentStatus: whether a part of the control plane is well; kept for clients that still ask."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.kinds import NAME, Column, Kind
from kubewheel.libs.wire import Object

HEALTHY = "Healthy"


def row(component: Object, _: float) -> list[Any]:
    """Return the cells of a ComponentStatus."""
    conditions = [each for each in component.get("conditions") or [] if each.get("type") == HEALTHY]
    found: Object = conditions[0] if conditions else {}
    state = {"True": HEALTHY, "False": "Unhealthy"}.get(found.get("status") or "", "Unknown")
    return [cells.name(component), state, found.get("message") or "", found.get("error") or ""]


KIND = Kind(
    "", "ComponentStatus", row=row, columns=(NAME, Column("Status"), Column("Message"), Column("Error")),
)
