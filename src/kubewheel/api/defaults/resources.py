"""Defaults of amounts: their canonical notation, in steps of a thousandth."""

from typing import Any

from kubewheel.api import quantity
from kubewheel.libs.wire import Object

_MILLI = quantity.NANO // 1000


def canonical(value: Any) -> str:
    """Return an amount as it is stored."""
    amount = quantity.parse(value)
    return str(quantity.Quantity(-(-amount.nanos // _MILLI) * _MILLI, amount.format))


def default_amounts(part: dict[str, Any], *fields: str) -> None:
    """Write the amounts in the maps `fields` of `part` in their canonical notation."""
    for name in fields:
        amounts = part.get(name)
        if amounts:
            settle(part, name, {resource: canonical(value) for resource, value in amounts.items()})


def default_requests(needs: dict[str, Any]) -> None:
    """Request what the limits allow, where nothing is said."""
    limits: Object | None = needs.get("limits")
    if limits:
        requests = needs.get("requests") or {}
        missing = {name: value for name, value in limits.items() if name not in requests}
        settle(needs, "requests", {**requests, **missing})


def settle(part: dict[str, Any], name: str, value: Any) -> None:
    """Set a field unless it has that value: parts that were completed before may belong to a stored object."""
    if part.get(name) != value:
        part[name] = value
