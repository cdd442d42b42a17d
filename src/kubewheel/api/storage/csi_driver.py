"""CSIDriver: what a storage driver wants from the cluster."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import fill, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.storage import csi_names
from kubewheel.api.validation.faults import Faults, duplicate, immutable, invalid, option, required, unsupported
from kubewheel.libs.wire import Object

LIFECYCLES = ("Ephemeral", "Persistent")
GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
SHORTEST_PERIOD_SECONDS = 10
SHORTEST_TOKEN_SECONDS, LONGEST_TOKEN_SECONDS = 600, 1 << 32


def default(driver: dict[str, Any]) -> None:
    """Complete a CSIDriver."""
    spec = part_of(driver, "spec")
    for name, value in (
        ("attachRequired", True), ("podInfoOnMount", False), ("storageCapacity", False),
        ("fsGroupPolicy", "ReadWriteOnceWithFSType"), ("requiresRepublish", False), ("seLinuxMount", False),
    ):
        fill(spec, name, value)
    if not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


def _validate_tokens(requests: list[Any], path: str) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for index, request in enumerate(requests):
        audience, seconds = request.get("audience") or "", request.get("expirationSeconds")
        here = f"{path}[{index}]"
        if audience in seen:
            faults.append(duplicate(f"{here}.audience", audience))
        seen.add(audience)
        if seconds is None:
            continue
        if seconds < SHORTEST_TOKEN_SECONDS:
            detail = "may not specify a duration less than 10 minutes"
            faults.append(invalid(f"{here}.expirationSeconds", seconds, detail))
        if seconds > LONGEST_TOKEN_SECONDS:
            detail = "may not specify a duration larger than 2^32 seconds"
            faults.append(invalid(f"{here}.expirationSeconds", seconds, detail))
    return faults


def validate(driver: Object) -> Faults:
    """Return the faults of a CSIDriver."""
    spec = driver.get("spec") or {}
    faults = csi_names.validate_driver_name(cells.name(driver), "name")
    for name in ("attachRequired", "podInfoOnMount", "storageCapacity"):
        if spec.get(name) is None:
            faults.append(required(f"spec.{name}"))
    faults += option("spec.fsGroupPolicy", spec.get("fsGroupPolicy"), GROUP_POLICIES)
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < SHORTEST_PERIOD_SECONDS:
        detail = f"must be greater than or equal to {SHORTEST_PERIOD_SECONDS} seconds"
        faults.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, detail))
    faults += _validate_tokens(spec.get("tokenRequests") or [], "spec.tokenRequests")
    for index, mode in enumerate(spec.get("volumeLifecycleModes") or []):
        if mode not in LIFECYCLES:
            faults.append(unsupported(f"spec.volumeLifecycleModes[{index}]", mode, LIFECYCLES))
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that volumes are treated as they always were."""
    now, before = new.get("spec") or {}, old.get("spec") or {}
    faults: Faults = []
    for name in ("attachRequired", "volumeLifecycleModes"):
        faults += immutable(f"spec.{name}", now.get(name), before.get(name))
    return faults


def row(driver: Object, now: float) -> list[Any]:
    """Return the cells of a CSIDriver."""
    spec = driver.get("spec") or {}
    audiences = [str(request.get("audience") or "") for request in spec.get("tokenRequests") or []]
    modes = spec.get("volumeLifecycleModes") or []
    return [
        cells.name(driver), bool(spec.get("attachRequired", True)), bool(spec.get("podInfoOnMount")),
        bool(spec.get("storageCapacity")), ",".join(audiences) if audiences else cells.UNSET,
        bool(spec.get("requiresRepublish")), cells.joined(modes), cells.age(driver, now),
    ]


KIND = Kind(
    "storage.k8s.io", "CSIDriver", default=default, validate=validate, validate_update=validate_update,
    has_generation=True, row=row,
    columns=(
        NAME, Column("AttachRequired", "boolean"), Column("PodInfoOnMount", "boolean"),
        Column("StorageCapacity", "boolean"), Column("TokenRequests"), Column("RequiresRepublish", "boolean"),
        Column("Modes"), AGE,
    ),
)
