"""Which pods a Job needs, and which it has too many."""

from typing import Any

import pytest

from kubewheel.controllers.job import scale, tally
from kubewheel.controllers.job.failures import Streak
from kubewheel.controllers.job.scale import Scale

from .build import NOW, job, pod

INDEXED = {"completionMode": "Indexed", "completions": 5, "parallelism": 3}


def plan(owner: Any, pods: list[Any], streak: Streak | None = None) -> Scale:
    return scale.plan_scale(tally.take(owner, pods, streak or Streak(), NOW))


@pytest.mark.parametrize(("spec", "pods", "create", "delete"), [
    pytest.param({"completions": 1}, [], 1, [], id="first"),
    pytest.param({"completions": 4, "parallelism": 2}, [pod("a")], 1, [], id="one-more"),
    pytest.param({"completions": 2, "parallelism": 5}, [], 2, [], id="no-more-than-wanted"),
    pytest.param({"completions": 3, "parallelism": 3}, [pod("a", "Succeeded"), pod("b", "Succeeded")], 1, [],
                 id="what-is-left"),
    pytest.param({"parallelism": 3}, [pod("a")], 2, [], id="work-queue"),
    pytest.param({"parallelism": 3}, [pod("a"), pod("b", "Succeeded")], 0, [], id="work-queue-winds-down"),
    pytest.param({"completions": 3, "parallelism": 1}, [pod("a"), pod("b", "Pending")], 0, ["b"], id="too-many"),
    pytest.param({"completions": 3, "parallelism": 0}, [pod("a")], 0, ["a"], id="none-wanted"),
    pytest.param({"completions": 3, "parallelism": 3, "suspend": True}, [pod("a"), pod("b")], 0, ["a", "b"],
                 id="suspended"),
    pytest.param({"completions": 2000, "parallelism": 2000}, [], 500, [], id="burst"),
    pytest.param({"completions": 1, "podReplacementPolicy": "Failed"}, [pod("a", deleting=True)], 0, [],
                 id="waits-for-the-end"),
])
def test_numbers(spec: dict[str, Any], pods: list[Any], create: int, delete: list[str]) -> None:
    found = plan(job(**spec), pods)
    assert (found.create, [each["metadata"]["name"] for each in found.delete]) == (create, delete)


def test_back_off() -> None:
    owner = job(completions=1)
    assert plan(owner, [pod("a", "Failed", ended=4)]) == Scale(wait=6)
    assert plan(owner, [pod("a", "Failed", ended=4)], Streak(1, NOW - 20)) == Scale(wait=16)
    assert plan(owner, [pod("a", "Failed", ended=10)]) == Scale(create=1)


@pytest.mark.parametrize(("status", "pods", "indexes", "delete"), [
    pytest.param({}, [], (0, 1, 2), [], id="first"),
    pytest.param({"completedIndexes": "0,2"}, [pod("a", index=1)], (3, 4), [], id="gaps"),
    pytest.param({"completedIndexes": "0-3"}, [], (4,), [], id="last"),
    pytest.param({}, [pod("a", index=1), pod("b", "Pending", index=1)], (), ["b"], id="twice"),
    pytest.param({}, [pod("a", index=7), pod("b")], (), ["a", "b"], id="no-such-index"),
])
def test_indexes(status: dict[str, Any], pods: list[Any], indexes: tuple[int, ...], delete: list[str]) -> None:
    found = plan(job(status, **INDEXED), pods)
    assert (found.indexes, [each["metadata"]["name"] for each in found.delete]) == (indexes, delete)
    assert found.create == len(indexes)


def test_each_index_waits_for_itself() -> None:
    owner = job({"failedIndexes": "4"}, backoffLimitPerIndex=3, **{**INDEXED, "parallelism": 5})
    pods = [
        pod("a", "Failed", 0, ended=15, failures=0), pod("b", "Failed", 1, ended=15, failures=1),
        pod("c", "Failed", 2, ended=15, failures=2), pod("d", index=3),
    ]
    assert plan(owner, pods) == Scale(create=1, indexes=(0,), wait=5)
