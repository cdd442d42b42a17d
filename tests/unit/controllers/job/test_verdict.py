"""Whether a Job has succeeded or failed."""

from typing import Any

import pytest

from kubewheel.controllers.job import tally, verdict
from kubewheel.controllers.job.failures import Streak
from kubewheel.libs.clock import rfc3339

from .build import NOW, job, pod

INDEXED = {"completionMode": "Indexed", "completions": 4, "parallelism": 4}
PER_INDEX = {**INDEXED, "backoffLimitPerIndex": 0, "backoffLimit": 2**31 - 1}
ON_FAILURE = {"restartPolicy": "OnFailure", "containers": []}


def success(**rule: Any) -> dict[str, Any]:
    return {**INDEXED, "successPolicy": {"rules": [{"succeededIndexes": "3"}, rule]}}


@pytest.mark.parametrize(("status", "spec", "pods", "reason"), [
    pytest.param({}, {"completions": 1}, [pod("a")], None, id="goes-on"),
    pytest.param({"failed": 6}, {}, [], None, id="at-the-limit"),
    pytest.param({"failed": 6}, {}, [pod("a", "Failed")], "BackoffLimitExceeded", id="above-the-limit"),
    pytest.param({"failed": 6, "uncountedTerminatedPods": {"failed": ["a"]}}, {}, [pod("a", "Failed")],
                 "BackoffLimitExceeded", id="noted-failures-count-once"),
    pytest.param({}, {"backoffLimit": 0, "template": {"spec": ON_FAILURE}}, [pod("a")], None, id="no-restart"),
    pytest.param({}, {"backoffLimit": 0, "template": {"spec": ON_FAILURE}}, [pod("a", restarts=1)],
                 "BackoffLimitExceeded", id="restart-without-limit"),
    pytest.param({}, {"backoffLimit": 3, "template": {"spec": ON_FAILURE}}, [pod("a", restarts=2)], None,
                 id="restarts-below-the-limit"),
    pytest.param({"startTime": rfc3339(NOW - 59)}, {"activeDeadlineSeconds": 60}, [], None, id="in-time"),
    pytest.param({"startTime": rfc3339(NOW - 60)}, {"activeDeadlineSeconds": 60}, [], "DeadlineExceeded", id="late"),
    pytest.param({"startTime": rfc3339(NOW - 60)}, {"activeDeadlineSeconds": 60, "suspend": True}, [], None,
                 id="suspended"),
    pytest.param({"completedIndexes": "0-2"}, PER_INDEX, [pod("a", "Failed", 3)], "FailedIndexes", id="index-failed"),
    pytest.param({}, PER_INDEX, [pod("a", "Failed", 3)], None, id="others-go-on"),
    pytest.param({}, {**PER_INDEX, "maxFailedIndexes": 0}, [pod("a", "Failed", 3)], "MaxFailedIndexesExceeded",
                 id="too-many-indexes"),
    pytest.param({"completedIndexes": "0"}, success(succeededCount=2), [], None, id="not-yet"),
    pytest.param({"completedIndexes": "0"}, success(succeededCount=2), [pod("a", "Succeeded", 1)], "SuccessPolicy",
                 id="count"),
    pytest.param({"completedIndexes": "3"}, success(succeededIndexes="0-1"), [], "SuccessPolicy", id="all-of-some"),
    pytest.param({"completedIndexes": "1,2"}, success(succeededIndexes="0-2", succeededCount=2), [],
                 "SuccessPolicy", id="some-of-some"),
    pytest.param({"failed": 9, "conditions": [{"type": "SuccessCriteriaMet", "status": "True", "reason": "Said"}]},
                 {}, [], "Said", id="stays-said"),
])
def test_verdict(status: dict[str, Any], spec: dict[str, Any], pods: list[Any], reason: str | None) -> None:
    found = verdict.plan_verdict(tally.take(job(status, **spec), pods, Streak(), NOW))
    assert (found.reason if found is not None else None) == reason
