"""Durations as people read them (`5m3s`, `2d4h`), and ages made from timestamps."""

from kubewheel.libs import clock

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY
UNKNOWN = "<unknown>"

# (below this many seconds, unit and its name, smaller unit and its name); what a smaller unit adds is shown if not 0.
_STEPS = (
    (2 * MINUTE, 1, "s", 0, ""),
    (10 * MINUTE, MINUTE, "m", 1, "s"),
    (3 * HOUR, MINUTE, "m", 0, ""),
    (8 * HOUR, HOUR, "h", MINUTE, "m"),
    (2 * DAY, HOUR, "h", 0, ""),
    (8 * DAY, DAY, "d", HOUR, "h"),
    (2 * YEAR, DAY, "d", 0, ""),
    (8 * YEAR, YEAR, "y", DAY, "d"),
    (float("inf"), YEAR, "y", 0, ""),
)


def human_duration(seconds: float) -> str:
    """Return `seconds` in two or three significant digits, as kubectl prints ages."""
    if seconds <= -2:
        return "<invalid>"
    whole = max(0, int(seconds))
    _, unit, name, part, part_name = next(step for step in _STEPS if whole < step[0])
    rest = whole % unit // part if part else 0
    return f"{whole // unit}{name}{rest}{part_name}" if rest else f"{whole // unit}{name}"


def age(timestamp: object, now: float) -> str:
    """Return the age of an API timestamp at wall time `now`; `<unknown>` when there is none."""
    if not isinstance(timestamp, str) or not timestamp:
        return UNKNOWN
    try:
        return human_duration(now - clock.parse_rfc3339(timestamp))
    except ValueError:
        return UNKNOWN
