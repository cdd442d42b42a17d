"""Schedules in the notation of cron: five fields, `@daily` and its like, `@every 1h30m`.

Messages on what cannot be read are those of the Go library robfig/cron, which clients of Kubernetes see.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12,
}
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

# What a field is called here, its bounds, and names for its values.
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}), ("hour", 0, 23, {}), ("day", 1, 31, {}), ("month", 1, 12, _MONTHS), ("weekday", 0, 6, _DAYS),
)
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}
_EVERY = "@every "
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+")
_STEP = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)")
_HORIZON_YEARS = 5  # A schedule such as February 30th never comes.


@dataclass(frozen=True, slots=True)
class Schedule:
    """Moments that a text in cron's notation names; `every_seconds` is set for `@every`."""

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = False
    any_weekday: bool = False
    every_seconds: int = 0

    def _fits_day(self, moment: datetime) -> bool:
        in_month = moment.day in self.days
        in_week = moment.isoweekday() % 7 in self.weekdays
        # Cron's oddity: when both fields are restricted, one of them is enough.
        return in_month and in_week if self.any_day or self.any_weekday else in_month or in_week

    def next(self, after: datetime) -> datetime | None:
        """Return the first moment later than `after`, in its time zone; None if there is none within years.

        Wall times that a time zone skips never come, those that it repeats come twice.
        """
        if self.every_seconds:
            return _later(after.replace(microsecond=0), seconds=self.every_seconds)
        moment = _later(after.replace(second=0, microsecond=0), minutes=1)
        last_year = after.year + _HORIZON_YEARS
        while moment.year <= last_year:
            if moment.month not in self.months:
                moment = _midnight(moment, days=monthrange(moment.year, moment.month)[1] - moment.day + 1)
            elif not self._fits_day(moment):
                moment = _midnight(moment, days=1)
            elif moment.hour not in self.hours:
                moment = _later(moment, minutes=60 - moment.minute)
            elif moment.minute not in self.minutes:
                next_minute = min((minute for minute in self.minutes if minute > moment.minute), default=60)
                moment = _later(moment, minutes=next_minute - moment.minute)
            else:
                return moment
        return None


def _later(moment: datetime, *, minutes: int = 0, seconds: int = 0) -> datetime:
    """Return the moment after so much real time; arithmetic on aware datetimes counts wall time."""
    step = timedelta(minutes=minutes, seconds=seconds)
    if moment.tzinfo is None or moment.tzinfo is UTC:
        return moment + step
    return (moment.astimezone(UTC) + step).astimezone(moment.tzinfo)


def _midnight(moment: datetime, *, days: int) -> datetime:
    """Return the beginning of the day that is `days` ahead: its first hour, where there is no midnight."""
    found = moment.replace(hour=0, minute=0, fold=0) + timedelta(days=days)
    if moment.tzinfo is None or moment.tzinfo is UTC:
        return found
    return found.astimezone(UTC).astimezone(moment.tzinfo)


def parse(text: str) -> Schedule:
    """Return the schedule that `text` stands for; raise ValueError with the reason if it is none."""
    if not text:
        raise ValueError("empty spec string")
    if text.startswith("@"):
        if text.startswith(_EVERY):
            return Schedule(every_seconds=max(1, int(_seconds(text, text[len(_EVERY):]))))
        if text not in _DESCRIPTORS:
            raise ValueError(f"unrecognized descriptor: {text}")
        text = _DESCRIPTORS[text]
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"expected exactly {len(_FIELDS)} fields, found {len(fields)}: [{' '.join(fields)}]")
    minutes, hours, days, months, weekdays = (
        _field(field, low, high, words) for field, (_, low, high, words) in zip(fields, _FIELDS, strict=True)
    )
    return Schedule(
        minutes, hours, days, months, weekdays, any_day=_is_star(fields[2]), any_weekday=_is_star(fields[4]),
    )


def _is_star(field: str) -> bool:
    return any(part in ("*", "?", "*/1", "?/1") for part in field.split(","))


def _seconds(text: str, duration: str) -> float:
    if not _DURATION.fullmatch(duration):
        raise ValueError(f'failed to parse duration {text}: time: invalid duration "{duration}"')
    return sum(float(number) * _UNITS[unit] for number, unit in _STEP.findall(duration))


def _field(field: str, low: int, high: int, words: Mapping[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        if part:
            found |= _range(part, low, high, words)
    return frozenset(found)


def _range(part: str, low: int, high: int, words: Mapping[str, int]) -> set[int]:
    span, *steps = part.split("/")
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {part}")
    ends = span.split("-")
    if len(ends) > 2:
        raise ValueError(f"too many hyphens: {part}")
    if ends[0] in ("*", "?"):
        first, last = low, high
    else:
        first = _number(ends[0], words)
        last = _number(ends[-1], words) if len(ends) == 2 else (high if steps else first)
    step = _digits(steps[0]) if steps else 1
    faults = (
        (first < low, f"beginning of range ({first}) below minimum ({low}): {part}"),
        (last > high, f"end of range ({last}) above maximum ({high}): {part}"),
        (first > last, f"beginning of range ({first}) beyond end of range ({last}): {part}"),
        (step == 0, f"step of range should be a positive number: {part}"),
    )
    for broken, message in faults:
        if broken:
            raise ValueError(message)
    return set(range(first, last + 1, step))


def _number(text: str, words: Mapping[str, int]) -> int:
    return words[text.lower()] if text.lower() in words else _digits(text)


def _digits(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text)
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number
