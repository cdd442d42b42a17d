"""Starts: which are due, which were missed, when the next one comes. Pure; times are seconds since the epoch."""

import functools
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from kubewheel.libs import cron
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.cron import Schedule
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

TOO_MANY = 100  # Missed starts above which somebody should be told.
KNOWN_SCHEDULES = 1024  # Parsed texts that are kept.


class Starts(NamedTuple):
    """The latest start that is due, and how many were due since the last one (the number ends above TOO_MANY)."""

    latest: float | None
    number: int


@functools.lru_cache(maxsize=KNOWN_SCHEDULES)
def parse(text: str) -> Schedule:
    """Return the schedule that `text` stands for; raise ValueError if it is none."""
    return cron.parse(text)


@functools.lru_cache(maxsize=KNOWN_SCHEDULES)
def zone_of(name: str | None) -> tzinfo:
    """Return the time zone of a schedule, which is UTC by default; raise ValueError if there is none of that name."""
    if name is None:
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"unknown time zone {name}") from error


def following(schedule: Schedule, zone: tzinfo, after: float) -> float | None:
    """Return the first start later than `after`; None if there is none."""
    found = schedule.next(datetime.fromtimestamp(after, zone))
    return found.timestamp() if found is not None else None


def _from(schedule: Schedule, zone: tzinfo, after: float, until: float) -> Iterator[float]:
    moment = following(schedule, zone, after)
    while moment is not None and moment <= until:
        yield moment
        moment = following(schedule, zone, moment)


def plan_starts(schedule: Schedule, zone: tzinfo, since: float, now: float) -> Starts:
    """Return what was due after `since`, up to `now`."""
    if schedule.every_seconds:
        count = max(0, int((now - since) // schedule.every_seconds))
        return Starts(int(since) + count * schedule.every_seconds if count else None, count)
    latest, count = None, 0
    for moment in _from(schedule, zone, since, now):
        latest, count = moment, count + 1
        if count > TOO_MANY:
            return Starts(_latest(schedule, zone, now), count)
    return Starts(latest, count)


def _latest(schedule: Schedule, zone: tzinfo, now: float) -> float:
    """Return the last start up to `now`, of a schedule that had one, by looking back further and further."""
    span = 60.0
    while True:
        found = list(_from(schedule, zone, now - span, now))
        if found:
            return found[-1]
        span *= 2


def earliest(cron_job: Object, now: float) -> float:
    """Return the time after which starts are of interest: the last one, the creation, or the starting deadline."""
    last = (cron_job.get("status") or {}).get("lastScheduleTime")
    since = parse_rfc3339(last) if last else objects.created(cron_job)
    deadline = cron_job["spec"].get("startingDeadlineSeconds")
    return since if deadline is None else max(since, now - deadline)
