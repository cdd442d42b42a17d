"""What a Job's pods amount to."""

from kubewheel.controllers.job import tally
from kubewheel.controllers.job.failures import Streak

from .build import NOW, job, pod


def test_counts() -> None:
    status = {"succeeded": 2, "failed": 1, "uncountedTerminatedPods": {"succeeded": ["s"], "failed": ["f"]}}
    pods = [
        pod("s", "Succeeded"), pod("f", "Failed"), pod("t", "Succeeded"), pod("g", "Failed", ended=5), pod("a"),
        pod("d", deleting=True), pod("old", "Failed", tracked=False),
    ]
    found = tally.take(job(status, completions=9, podReplacementPolicy="Failed"), pods, Streak(), NOW)
    assert (found.succeeded, found.failed, found.terminating, len(found.active)) == (4, 3, 1, 1)
    assert not found.is_complete


def test_indexes_out_of_range_do_not_count() -> None:
    owner = job({"completedIndexes": "0,5"}, completionMode="Indexed", completions=3, parallelism=3)
    found = tally.take(owner, [pod("a", "Succeeded", 1), pod("b", "Succeeded", 4)], Streak(), NOW)
    assert (found.succeeded, str(found.completed), str(found.before)) == (2, "0,1", "0")


def test_the_last_failed_pod_of_an_index_waits_for_its_successor() -> None:
    owner = job(completionMode="Indexed", completions=3, parallelism=3, backoffLimitPerIndex=5)
    pods = [
        pod("a", "Failed", 0, ended=20, failures=0), pod("b", "Failed", 0, ended=10, failures=1),
        pod("c", "Failed", 1, failures=0), pod("d", index=1, failures=1), pod("e", "Failed", 2, failures=5),
    ]
    found = tally.take(owner, pods, Streak(), NOW)
    assert {index: each["metadata"]["name"] for index, each in found.waiting.items()} == {0: "b"}
    assert str(found.failed_indexes) == "2"
