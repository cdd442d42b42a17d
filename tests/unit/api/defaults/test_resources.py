"""Defaults of amounts."""

import pytest

from kubewheel.api.defaults import resources


@pytest.mark.parametrize(("value", "expected"), [
    ("0.5", "500m"), ("1024Mi", "1Gi"), ("1000m", "1"), ("1u", "1m"), ("0.0001", "1m"), (2, "2"),
])
def test_canonical(value, expected):
    assert resources.canonical(value) == expected


def test_amounts():
    part = {"limits": {"cpu": "0.5"}, "requests": None}
    resources.default_amounts(part, "limits", "requests", "missing")
    assert part == {"limits": {"cpu": "500m"}, "requests": None}


def test_requests_follow_limits():
    needs = {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1"}}
    resources.default_requests(needs)
    assert needs["requests"] == {"cpu": "1", "memory": "1Gi"}
    needs = {"requests": {"cpu": "1"}}
    resources.default_requests(needs)
    assert needs == {"requests": {"cpu": "1"}}
