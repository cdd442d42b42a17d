"""Setting one field where its author said nothing."""

import copy
from collections.abc import Callable
from typing import Any


def fill(part: dict[str, Any], name: str, value: Any) -> None:
    """Set `part[name]` unless it holds something; null, like absence, holds nothing."""
    if part.get(name) is None:
        part[name] = value


def fill_empty(part: dict[str, Any], name: str, value: Any) -> None:
    """Set `part[name]` unless it holds more than null, an empty text, an empty list or zero."""
    if not part.get(name):
        part[name] = value


def part_of(whole: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the mapping at `whole[name]`, made if it is absent."""
    found = whole.get(name)
    if found is None:
        found = whole[name] = {}
    assert isinstance(found, dict)
    return found


def begin_with(**status: Any) -> Callable[[dict[str, Any]], None]:
    """Return a `prepare_create` that puts `status` in the place of what a creator sent."""
    def prepare_create(thing: dict[str, Any]) -> None:
        thing["status"] = copy.deepcopy(status)

    return prepare_create
