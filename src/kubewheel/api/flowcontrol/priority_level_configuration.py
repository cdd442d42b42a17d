"""PriorityLevelConfiguration: how much of the server a class of requests may use."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import begin_with, fill, fill_empty, part_of
from kubewheel.api.flowcontrol import bootstrap
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation.faults import NEGATIVE, Faults, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "flowcontrol.apiserver.k8s.io"
EXEMPT, LIMITED = "Exempt", "Limited"
REJECT, QUEUE = "Reject", "Queue"
EXEMPT_NAME = "exempt"
SHARES = 30
QUEUING = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}
HIGHEST_QUEUES = 10_000_000


def default(level: dict[str, Any]) -> None:
    """Complete a PriorityLevelConfiguration."""
    spec = part_of(level, "spec")
    if spec.get("type") == EXEMPT:
        exempt = part_of(spec, "exempt")
        fill(exempt, "nominalConcurrencyShares", 0)
        fill(exempt, "lendablePercent", 0)
    limited = spec.get("limited")
    if limited is None:
        return
    fill(limited, "nominalConcurrencyShares", SHARES)
    fill(limited, "lendablePercent", 0)
    queuing = (limited.get("limitResponse") or {}).get("queuing")
    if queuing is not None:
        for name, value in QUEUING.items():
            fill_empty(queuing, name, value)


def _validate_queuing(queuing: Object, path: str) -> Faults:
    faults: Faults = []
    for name in QUEUING:
        if (queuing.get(name) or 0) <= 0:
            faults.append(invalid(f"{path}.{name}", queuing.get(name) or 0, "must be positive"))
    queues, hand = queuing.get("queues") or 0, queuing.get("handSize") or 0
    if queues > HIGHEST_QUEUES:
        detail = f"must not be greater than {HIGHEST_QUEUES}"
        faults.append(invalid(f"{path}.queues", queues, detail))
    if hand > queues:
        detail = f"should not be greater than queues ({queues})"
        faults.append(invalid(f"{path}.handSize", hand, detail))
    return faults


def _validate_shares(part: Object, path: str, lowest: int) -> Faults:
    faults: Faults = []
    shares, lendable = part.get("nominalConcurrencyShares"), part.get("lendablePercent")
    borrowing = part.get("borrowingLimitPercent")
    if shares is not None and shares < lowest:
        faults.append(invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer"))
    if lendable is not None and not 0 <= lendable <= 100:
        faults.append(invalid(f"{path}.lendablePercent", lendable, "must be between 0 and 100, inclusive"))
    if borrowing is not None and borrowing < 0:
        faults.append(invalid(f"{path}.borrowingLimitPercent", borrowing, NEGATIVE))
    return faults


def _validate_limited(limited: Object, path: str) -> Faults:
    faults = _validate_shares(limited, path, 0)
    response = limited.get("limitResponse") or {}
    kind, queuing, here = response.get("type") or "", response.get("queuing"), f"{path}.limitResponse"
    if kind == REJECT:
        detail = "must be nil if limited.limitResponse.type is not Limited"
        return faults if queuing is None else [*faults, forbidden(f"{here}.queuing", detail)]
    if kind != QUEUE:
        return [*faults, unsupported(f"{here}.type", kind, (QUEUE, REJECT))]
    if queuing is None:
        detail = "must not be empty if limited.limitResponse.type is Limited"
        return [*faults, required(f"{here}.queuing", detail)]
    return faults + _validate_queuing(queuing, f"{here}.queuing")


def validate(level: Object) -> Faults:
    """Return the faults of a PriorityLevelConfiguration."""
    spec, name = level.get("spec") or {}, cells.name(level)
    kind = spec.get("type") or ""
    faults: Faults = []
    if (kind == EXEMPT) != (name == EXEMPT_NAME):
        detail = f"type must be '{EXEMPT}' if and only if name is '{EXEMPT_NAME}'"
        faults.append(invalid("spec.type", kind, detail))
    faults += _validate_type(kind, spec.get("limited"), spec.get("exempt"))
    wanted = bootstrap.mandatory_levels().get(name)
    if wanted is not None and _fixed(spec) != _fixed(wanted):
        faults.append(invalid("spec", dict(spec), bootstrap.FIXED.format(name)))
    return faults


def _fixed(spec: Object) -> dict[str, Any]:
    """Return what cannot be changed in a mandatory level: all but the shares of what is exempt."""
    return {name: value for name, value in spec.items() if name != "exempt"}


def _validate_type(kind: str, limited: Object | None, exempt: Object | None) -> Faults:
    if kind == EXEMPT:
        faults = [] if limited is None else [forbidden("spec.limited", "must be nil if the type is not Limited")]
        return faults + _validate_shares(exempt or {}, "spec.exempt", 0)
    if kind != LIMITED:
        return [unsupported("spec.type", kind, (EXEMPT, LIMITED))]
    faults = [] if exempt is None else [forbidden("spec.exempt", "must be nil if the type is Limited")]
    if limited is None:
        return [*faults, required("spec.limited", "must not be empty when type is Limited")]
    return faults + _validate_limited(limited, "spec.limited")


def row(level: Object, now: float) -> list[Any]:
    """Return the cells of a PriorityLevelConfiguration."""
    spec = level.get("spec") or {}
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    return [
        cells.name(level), spec.get("type") or "", limited.get("nominalConcurrencyShares", cells.NONE),
        *(queuing.get(name, cells.NONE) for name in ("queues", "handSize", "queueLengthLimit")), cells.age(level, now),
    ]


KIND = Kind(
    GROUP, "PriorityLevelConfiguration", default=default, prepare_create=begin_with(), prepare_update=keep_status,
    validate=validate, has_generation=True, row=row,
    columns=(
        NAME, Column("Type"), Column("NominalConcurrencyShares"), Column("Queues"), Column("HandSize"),
        Column("QueueLengthLimit"), AGE,
    ),
)
