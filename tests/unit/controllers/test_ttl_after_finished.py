"""When a finished Job goes."""

from typing import Any

import pytest

from kubewheel.controllers.ttl_after_finished import seconds_left
from kubewheel.libs.clock import parse_rfc3339

ENDED = "2026-01-01T00:00:00Z"
NOW = parse_rfc3339("2026-01-01T00:01:00Z")


def job(seconds: int | None, kind: str = "Complete", **metadata: Any) -> Any:
    spec = {} if seconds is None else {"ttlSecondsAfterFinished": seconds}
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": ENDED}]
    return {"metadata": metadata, "spec": spec, "status": {"conditions": conditions}}


@pytest.mark.parametrize(("found", "expected"), [
    pytest.param(job(None), None, id="for-ever"),
    pytest.param(job(100, "SuccessCriteriaMet"), None, id="not-ended"),
    pytest.param(job(100), 40, id="complete"),
    pytest.param(job(100, "Failed"), 40, id="failed"),
    pytest.param(job(60), 0, id="now"),
    pytest.param(job(0), 0, id="at-once"),
    pytest.param(job(0, deletionTimestamp=ENDED), None, id="going"),
])
def test_seconds_left(found: Any, expected: float | None) -> None:
    assert seconds_left(found, NOW) == expected
