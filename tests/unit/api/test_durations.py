"""Human durations, as kubectl's users read them."""

import pytest

from kubewheel.api import durations

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400


@pytest.mark.parametrize(("seconds", "expected"), [
    (-5, "<invalid>"), (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (0.9, "0s"), (70, "70s"), (119, "119s"),
    (2 * MINUTE, "2m"), (5 * MINUTE + 3, "5m3s"), (10 * MINUTE + 3, "10m"), (179 * MINUTE, "179m"),
    (3 * HOUR + 5, "3h"), (3 * HOUR + 5 * MINUTE, "3h5m"), (8 * HOUR + 5 * MINUTE, "8h"), (47 * HOUR, "47h"),
    (2 * DAY + 4 * HOUR, "2d4h"), (3 * DAY, "3d"), (8 * DAY + 4 * HOUR, "8d"), (400 * DAY, "400d"),
    (2 * YEAR, "2y"), (2 * YEAR + 3 * DAY, "2y3d"), (8 * YEAR + 3 * DAY, "8y"),
])
def test_human_duration(seconds, expected):
    assert durations.human_duration(seconds) == expected


@pytest.mark.parametrize(("timestamp", "expected"), [
    ("1970-01-01T00:01:00Z", "40s"), (None, "<unknown>"), ("", "<unknown>"), ("yesterday", "<unknown>"),
    ("1970-01-01T00:00:00.500000Z", "99s"),
])
def test_age(timestamp, expected):
    assert durations.age(timestamp, 100.0) == expected
