"""Regular expressions, by an engine whose time grows with the text and not with the pattern's tricks."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kubewheel.libs.cel.faults import CostExceeded, Failure
from kubewheel.libs.cel.signatures import Row, pattern

KEPT = 1024
MOST_FOUND = 25_000  # Matches of one search; finding more takes longer than it costs.


def _engine() -> Any:
    import re2  # type: ignore[import-untyped]  # Only expressions that match need it.

    return re2


@lru_cache(maxsize=KEPT)
def compiled(expression: str) -> Any:
    """Return a compiled pattern; raise Failure."""
    engine = _engine()
    options = engine.Options()
    options.log_errors = False
    try:
        return engine.compile(expression, options)
    except engine.error as error:
        detail = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise Failure(f"error parsing regexp: {detail}: `{expression}`") from error


def matches(value: str, expression: str) -> bool:
    """Tell whether some part of a text matches."""
    return compiled(expression).search(value) is not None


def _find(value: str, expression: str) -> str:
    match = compiled(expression).search(value)
    return "" if match is None else str(match.group(0))


def _find_all(value: str, expression: str, limit: int = -1) -> list[str]:
    found: list[str] = []
    for match in compiled(expression).finditer(value):
        if len(found) == limit:
            break
        if len(found) == MOST_FOUND:
            raise CostExceeded
        found.append(match.group(0))
    return found


FUNCTIONS: Sequence[Row] = (
    ("matches", "string.(string) bool; (string, string) bool", matches, pattern),
    ("find", "string.(string) string", _find, pattern),
    ("findAll", "string.(string) list(string); string.(string, int) list(string)", _find_all, pattern),
)
