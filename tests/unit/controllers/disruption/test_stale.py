"""When a mark on a pod is stale."""

from typing import Any

import pytest

from kubewheel.controllers.disruption.stale import seconds_left
from kubewheel.libs.clock import parse_rfc3339

MARKED = "2026-01-01T01:00:00Z"
NOW = parse_rfc3339(MARKED)


def pod(status: str = "True", reason: str = "EvictionByEvictionAPI", phase: str = "Running", **metadata: Any) -> Any:
    mark = {"type": "DisruptionTarget", "status": status, "reason": reason, "lastTransitionTime": MARKED}
    return {"metadata": {"name": "p", **metadata}, "status": {"phase": phase, "conditions": [mark]}}


@pytest.mark.parametrize(("found", "expected"), [
    pytest.param(pod(), 90, id="waits"),
    pytest.param(pod("False"), None, id="not-marked"),
    pytest.param(pod(reason="TerminationByKubelet"), None, id="by-the-node-agent"),
    pytest.param(pod(phase="Failed"), None, id="ended"),
    pytest.param(pod(deletionTimestamp=MARKED), None, id="going"),
    pytest.param({"metadata": {}}, None, id="no-status"),
])
def test_seconds_left(found: Any, expected: float | None) -> None:
    assert seconds_left(found, NOW + 30) == expected


def test_stale() -> None:
    assert seconds_left(pod(), NOW + 500) == 0
