"""Schedules."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kubewheel.libs import cron

NOW = datetime(2026, 11, 21, 4, 0, 30)  # A Saturday.


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param("* * * * *", "2026-11-21 04:01", id="every-minute"),
    pytest.param("*/15 * * * *", "2026-11-21 04:15", id="step"),
    pytest.param("10-20/5 5 * * *", "2026-11-21 05:10", id="range-and-step"),
    pytest.param("0 0 1 jan *", "2027-01-01 00:00", id="month-name"),
    pytest.param("30 2 * * MON,wed", "2026-11-23 02:30", id="weekday-names"),
    pytest.param("0 0 13 * 5", "2026-11-27 00:00", id="day-or-weekday"),
    pytest.param("0 0 29 2 *", "2028-02-29 00:00", id="leap-day"),
    pytest.param("@hourly", "2026-11-21 05:00", id="hourly"),
    pytest.param("@weekly", "2026-11-22 00:00", id="weekly"),
    pytest.param("5/20 * * * *", "2026-11-21 04:05", id="from-and-step"),
])
def test_next(text, expected):
    found = cron.parse(text).next(NOW)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize(("text", "after", "expected"), [
    # https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ leaves this to the schedule's library.
    pytest.param("0 * * * *", "2012-03-11T01:00:00-05:00", "2012-03-11T03:00:00-04:00", id="hourly-over-the-gap"),
    pytest.param("30 2 * * *", "2012-03-11T00:00:00-05:00", "2012-03-12T02:30:00-04:00", id="skipped"),
    pytest.param("0 1 * * *", "2012-03-11T01:00:00-05:00", "2012-03-12T01:00:00-04:00", id="daily-over-the-gap"),
    pytest.param("0 * * * *", "2012-11-04T01:00:00-04:00", "2012-11-04T01:00:00-05:00", id="hourly-twice"),
    pytest.param("30 1 4 11 *", "2012-11-04T01:45:00-04:00", "2012-11-04T01:30:00-05:00", id="repeated"),
    pytest.param("0 1 * * *", "2012-11-04T01:00:00-05:00", "2012-11-05T01:00:00-05:00", id="after-the-repetition"),
    pytest.param("30 2 4 11 *", "2012-11-04T00:00:00-04:00", "2012-11-04T02:30:00-05:00", id="after-the-change"),
    pytest.param("@every 24h", "2012-03-10T12:00:00-05:00", "2012-03-11T13:00:00-04:00", id="every"),
])
def test_summer_time(text, after, expected):
    zone = ZoneInfo("America/New_York")
    found = cron.parse(text).next(datetime.fromisoformat(after).astimezone(zone))
    assert found is not None
    assert found.isoformat() == expected


def test_day_without_midnight():
    zone = ZoneInfo("America/Sao_Paulo")
    found = cron.parse("30 1 * * *").next(datetime(2018, 11, 3, 5, tzinfo=zone))
    assert found is not None
    assert found.isoformat() == "2018-11-04T01:30:00-02:00"


def test_every():
    assert cron.parse("@every 1h30m").next(NOW) == datetime(2026, 11, 21, 5, 30, 30)


def test_never():
    assert cron.parse("0 0 30 2 *").next(NOW) is None


@pytest.mark.parametrize(("text", "message"), [
    pytest.param("", "empty spec string", id="empty"),
    pytest.param("* * * *", "expected exactly 5 fields, found 4: [* * * *]", id="four"),
    pytest.param("60 * * * *", "end of range (60) above maximum (59): 60", id="minute"),
    pytest.param("* * 0 * *", "beginning of range (0) below minimum (1): 0", id="day"),
    pytest.param("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3", id="backwards"),
    pytest.param("*/0 * * * *", "step of range should be a positive number: */0", id="step"),
    pytest.param("1-2-3 * * * *", "too many hyphens: 1-2-3", id="hyphens"),
    pytest.param("1/2/3 * * * *", "too many slashes: 1/2/3", id="slashes"),
    pytest.param("@often", "unrecognized descriptor: @often", id="descriptor"),
    pytest.param("@every x", 'failed to parse duration @every x: time: invalid duration "x"', id="duration"),
    pytest.param(
        "x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax', id="letters",
    ),
    pytest.param("1--2 * * * *", "too many hyphens: 1--2", id="negative"),
])
def test_unreadable(text, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        cron.parse(text)
    assert str(caught.value) == message
