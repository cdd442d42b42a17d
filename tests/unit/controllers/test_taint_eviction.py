"""When pods must leave a tainted node."""

from typing import Any

import pytest

from kubewheel.controllers import taint_eviction
from kubewheel.libs.clock import parse_rfc3339

ADDED = parse_rfc3339("2026-01-01T00:00:00Z")
TAINT = {"key": "k", "effect": "NoExecute", "timeAdded": "2026-01-01T00:00:00Z"}


def pod(*tolerations: Any, created: str = "2025-12-31T00:00:00Z") -> Any:
    return {"metadata": {"name": "p", "creationTimestamp": created}, "spec": {"tolerations": list(tolerations)}}


def toleration(seconds: int | None = None, **fields: Any) -> Any:
    return {"key": "k", "operator": "Exists", **fields, **({} if seconds is None else {"tolerationSeconds": seconds})}


@pytest.mark.parametrize(("tolerations", "expected"), [
    pytest.param([], 10, id="at-once"),
    pytest.param([toleration()], None, id="never"),
    pytest.param([toleration(300)], 300, id="after-a-while"),
    pytest.param([toleration(300), toleration(60)], 60, id="shortest-counts"),
    pytest.param([toleration(300), toleration()], 300, id="limit-counts-beside-none"),
    pytest.param([toleration(effect="NoSchedule")], 10, id="other-effect"),
    pytest.param([toleration(key="other")], 10, id="other-key"),
    pytest.param([{"operator": "Exists"}], None, id="everything"),
    pytest.param([toleration(operator="Equal", value="x")], 10, id="other-value"),
    pytest.param([toleration(-5)], 0, id="negative-is-none"),
])
def test_eviction_time(tolerations: list[Any], expected: float | None) -> None:
    time = taint_eviction.eviction_time(pod(*tolerations), [TAINT], ADDED + 10)
    assert (time - ADDED if time is not None else None) == expected


def test_late_pod_has_its_whole_time() -> None:
    late = pod(toleration(300), created="2026-01-01T00:01:00Z")
    assert taint_eviction.eviction_time(late, [TAINT], ADDED + 90) == ADDED + 360


def test_no_taints_no_eviction() -> None:
    assert taint_eviction.eviction_time(pod(), [], ADDED) is None


def test_time_counts_from_the_first_sight_of_a_taint_that_does_not_say() -> None:
    noticed = taint_eviction.Noticed()
    taint = {"key": "k", "effect": "NoExecute"}
    [first] = noticed.dated("n", [taint], ADDED)
    assert noticed.dated("n", [taint], ADDED + 10) == [first]
    noticed.forget("n", [taint])
    assert noticed.dated("n", [taint], ADDED + 20) == [first]
    noticed.forget("n", [])
    assert noticed.dated("n", [taint], ADDED + 30) != [first]
    assert noticed.dated("n", [TAINT], ADDED + 30) == [TAINT]
