"""Expressions that select devices: what they see of a device, and which of them are refused."""

from functools import lru_cache

from kubewheel.api.expressions import functions
from kubewheel.libs.cel import Environment, Invalid, estimates
from kubewheel.libs.cel.sizes import ELEMENT, KEY, VALUE, Path, Size
from kubewheel.libs.cel.types import BOOL, DYN, STRING, Type, map_of, object_of

COST_LIMIT = 1_000_000
TOO_COMPLEX = "too complex, exceeds cost limit"
MOST_ENTRIES, LONGEST_DOMAIN, LONGEST_NAME, LONGEST_VALUE, LONGEST_DRIVER = 32, 63, 32, 64, 63
_FIELDS = {
    "driver": STRING, "attributes": map_of(STRING, map_of(STRING, DYN)),
    "capacity": map_of(STRING, map_of(STRING, Type("kubernetes.Quantity"))), "allowMultipleAllocations": BOOL,
}
_MAPS = ("attributes", "capacity")
# The depth in a map of maps -> how long its keys are.
_KEYS = {2: LONGEST_DOMAIN, 3: LONGEST_NAME}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(functions(), {"device": object_of("kubernetes.DRADevice", _FIELDS)})


def check(text: str) -> bool:
    """Tell whether an expression is cheap enough to select devices; raise Invalid in the words of upstream."""
    try:
        found = estimates.examine(text, _environment(), _size_at)
    except Invalid as error:
        raise Invalid(f"compilation failed: {error}") from error
    if found.type != BOOL and not found.type.is_any:
        raise Invalid(f"must evaluate to bool or the unknown type, not {found.type}")
    return found.cost <= COST_LIMIT


def _size_at(path: Path) -> Size | None:
    """Return how large a part of a device can be: what is selected by a name lies in a map as what is indexed."""
    if not path or path[0] != "device" or ELEMENT in path:
        return None
    if len(path) == 1 or path[1] not in _MAPS:
        return Size(0, LONGEST_DRIVER if path[1:] == ("driver",) else 0)
    depth = len(path)
    if path[-1] == KEY:
        return Size(0, _KEYS[depth - 1]) if depth - 1 in _KEYS else None
    if depth <= 3:
        return Size(0, MOST_ENTRIES) if depth == 2 or path[2] == VALUE else None
    known = depth == 4 and path[2] == VALUE and (path[1] == "attributes" or path[3] == VALUE)
    return Size(0, LONGEST_VALUE if path[1] == "attributes" else 0) if known else None
