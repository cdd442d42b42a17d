"""Tables of custom resources: the name, and the columns that the definition asks for; without any, the age."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from kubewheel.api import durations
from kubewheel.api.custom import json_path
from kubewheel.api.kinds import NAME, Column
from kubewheel.libs import clock
from kubewheel.libs.wire import Object

AGE: Object = {
    "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp",
    "description": "CreationTimestamp is a timestamp representing the server time when this object was created.",
}


def of(version: Object) -> tuple[Sequence[Column], Callable[[Object, float], Sequence[Any]]]:
    """Return the columns of a version and what makes rows of them."""
    asked = version.get("additionalPrinterColumns") or [AGE]
    columns = [NAME, *(
        Column(
            each["name"], each.get("type") or "string", wide=bool(each.get("priority")),
            description=each.get("description") or f"Custom resource definition column (in JSONPath format): "
            f"{each['jsonPath']}", format=each.get("format") or "",
        ) for each in asked
    )]
    paths = [(each.get("type") or "string", each["jsonPath"]) for each in asked]

    def row(obj: Object, now: float) -> Sequence[Any]:
        return [obj["metadata"].get("name", ""), *(cell(kind, obj, path, now) for kind, path in paths)]

    return columns, row


def cell(kind: str, obj: Object, path: str, now: float) -> Any:
    """Return what a column shows of an object."""
    try:
        found = json_path.find(obj, path)
    except ValueError:
        return None
    if not found or found[0] is None:
        return None
    return _CELLS[kind](found[0], now)


def _text(value: Any, _: float) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _integer(value: Any, _: float) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _number(value: Any, _: float) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _date(value: Any, now: float) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return durations.human_duration(now - clock.parse_rfc3339(value))
    except ValueError:
        return "<invalid>"


_CELLS: dict[str, Callable[[Any, float], Any]] = {
    "string": _text, "integer": _integer, "number": _number, "date": _date,
    "boolean": lambda value, _: value if isinstance(value, bool) else None,
}
