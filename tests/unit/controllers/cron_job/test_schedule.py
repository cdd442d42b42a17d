"""Which starts are due."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kubewheel.controllers.cron_job import schedule
from kubewheel.libs.clock import parse_rfc3339, rfc3339


def at(text: str) -> float:
    return parse_rfc3339(f"2026-01-{text}:00Z")


@pytest.mark.parametrize(("text", "since", "now", "latest", "number"), [
    pytest.param("0 * * * *", "01T10:30", "01T10:59", None, 0, id="not-yet"),
    pytest.param("0 * * * *", "01T10:30", "01T11:00", "01T11:00", 1, id="now"),
    pytest.param("0 * * * *", "01T11:00", "01T11:30", None, 0, id="last-one-is-done"),
    pytest.param("0 * * * *", "01T10:30", "01T14:20", "01T14:00", 4, id="missed-some"),
    pytest.param("30 6-16/4 * * 1-5", "01T00:00", "03T12:00", "02T14:30", 6, id="irregular"),
    pytest.param("* * * * *", "01T10:00", "01T11:40", "01T11:40", 100, id="a-hundred"),
    pytest.param("* * * * *", "01T10:00", "05T11:40", "05T11:40", 101, id="too-many"),
    pytest.param("*/10 3 * * *", "01T00:00", "25T20:00", "25T03:50", 101, id="too-many-long-ago"),
    pytest.param("0 0 30 2 *", "01T00:00", "02T00:00", None, 0, id="never"),
    pytest.param("@every 1h", "01T10:20", "01T13:50", "01T13:20", 3, id="every"),
    pytest.param("@every 1h", "01T10:20", "01T10:50", None, 0, id="every-not-yet"),
    pytest.param("0 * * * *", "02T00:00", "01T00:00", None, 0, id="clock-went-back"),
])
def test_starts(text: str, since: str, now: str, latest: str | None, number: int) -> None:
    found = schedule.plan_starts(schedule.parse(text), UTC, at(since), at(now))
    assert found.number == number
    assert found.latest == (at(latest) if latest else None)


def test_zone() -> None:
    zone = schedule.zone_of("Asia/Tokyo")
    assert zone == ZoneInfo("Asia/Tokyo")
    found = schedule.following(schedule.parse("0 9 * * *"), zone, at("01T12:00"))
    assert found == at("02T00:00")
    assert schedule.zone_of(None) is UTC
    with pytest.raises(ValueError, match="unknown time zone Moon/Base"):
        schedule.zone_of("Moon/Base")


@pytest.mark.parametrize(("status", "spec", "expected"), [
    pytest.param({}, {}, "01T08:00", id="creation"),
    pytest.param({"lastScheduleTime": rfc3339(at("01T09:00"))}, {}, "01T09:00", id="last-start"),
    pytest.param({}, {"startingDeadlineSeconds": 600}, "01T09:50", id="deadline"),
    pytest.param({}, {"startingDeadlineSeconds": 86400}, "01T08:00", id="long-deadline"),
])
def test_earliest(status: dict[str, Any], spec: dict[str, Any], expected: str) -> None:
    cron_job = {"metadata": {"creationTimestamp": rfc3339(at("01T08:00"))}, "spec": spec, "status": status}
    assert schedule.earliest(cron_job, at("01T10:00")) == at(expected)
