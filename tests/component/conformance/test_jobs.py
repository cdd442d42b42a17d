"""Jobs, CronJobs and disruption budgets with nodes that run their pods."""

from collections.abc import Mapping
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.testing import Behaviour, SyncCluster
from tests.component.conformance.conftest import Space, job, workload

conformance = pytest.mark.conformance
INDEX = "batch.kubernetes.io/job-completion-index"
FOREVER = "sleep 1000000"


def conditions(space: Space, name: str = "work") -> dict[str, tuple[str, str]]:
    found = space.get("Job.batch", name)["status"].get("conditions") or []
    return {each["type"]: (each["status"], each.get("reason", "")) for each in found}


def by_index(space: Space, behaviours: Mapping[str, Behaviour]) -> None:
    """Have the pods of an indexed Job do what is said for their index."""
    space.cluster.simulate(lambda found, _: behaviours[found["metadata"]["annotations"][INDEX]], labels="job-name")


ENDS, FAILS, STAYS = Behaviour(exit_after=0), Behaviour(exit_code=1, exit_after=0), Behaviour()


@pytest.fixture
def own(kubewheel: SyncCluster) -> Space:
    """The default namespace of a cluster of the test's own, whose pods can be told what to do."""
    kubewheel.settle()
    return Space(kubewheel, None, "default")


def status(space: Space, name: str = "work") -> Any:
    return space.get("Job.batch", name)["status"]


@conformance("Ensure Pods of an Indexed Job get a unique index.")
def test_indexes(space: Space) -> None:
    space.create(job(completions=4, parallelism=2, completionMode="Indexed"))
    space.wait(60)
    assert conditions(space)["Complete"][0] == "True"
    assert status(space)["completedIndexes"] == "0-3"
    pods = space.list("Pod")
    assert sorted(each["metadata"]["annotations"][INDEX] for each in pods) == ["0", "1", "2", "3"]
    assert sorted(each["spec"]["hostname"] for each in pods) == [f"work-{number}" for number in range(4)]
    variables = [variable["name"] for each in pods for variable in each["spec"]["containers"][0]["env"]]
    assert variables == ["JOB_COMPLETION_INDEX"] * 4


@conformance("Jobs, active pods, graceful termination")
def test_a_deleted_job_takes_its_pods_along(space: Space) -> None:
    space.create(job(command=FOREVER, completions=2, parallelism=2))
    assert status(space)["active"] == len(space.list("Pod")) == 2
    space.delete("Job.batch", "work", propagation="Foreground")
    space.wait(60)
    assert space.names("Job.batch") == space.names("Pod") == []


@conformance("Jobs, orphan pods, re-adoption")
def test_orphans_are_adopted_and_others_released(space: Space) -> None:
    made = space.create(job(command=FOREVER, completions=2, parallelism=2))
    name = space.names("Pod")[0]
    space.patch("Pod", name, {"metadata": {"ownerReferences": None}})
    space.wait(5)
    assert space.get("Pod", name)["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    labels = dict.fromkeys(space.get("Pod", name)["metadata"]["labels"])
    space.patch("Pod", name, {"metadata": {"labels": labels}})
    space.wait(5)
    assert "ownerReferences" not in space.get("Pod", name)["metadata"]


@pytest.mark.kubewheel(nodes=1)
@conformance("Jobs, completion after task failure")
def test_tasks_that_fail_once_are_restarted_in_place(own: Space) -> None:
    own.cluster.simulate(Behaviour(exit_after=600), labels="job-name")
    own.create(job(completions=4, parallelism=2, pod={"restartPolicy": "OnFailure"}))
    for name in own.names("Pod"):
        own.cluster.kill(name, exit_code=1, reason="Error")
    own.wait(60)
    assert [each["status"]["containerStatuses"][0]["restartCount"] for each in own.list("Pod")] == [1, 1]
    own.wait(3000)
    assert conditions(own)["Complete"][0] == "True"
    assert status(own)["succeeded"] == 4


@conformance("Verify Pod Failure policy allows to fail job early on exit code.")
def test_an_exit_code_ends_the_job(space: Space) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"containerName": "c", "operator": "In", "values": [42]}}
    policy = {"rules": [rule]}
    space.create(job(command="exit 42", completions=4, parallelism=2, backoffLimit=6, podFailurePolicy=policy))
    space.wait(60)
    assert conditions(space)["Failed"] == ("True", "PodFailurePolicy")


@conformance("Ensure pod failure policy allows to ignore failure matching on the DisruptionTarget condition")
def test_evictions_do_not_count(space: Space) -> None:
    ignore = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}
    space.create(job(command=FOREVER, completions=3, parallelism=3, completionMode="Indexed", backoffLimit=0,
                     podFailurePolicy={"rules": [ignore]}))
    before = space.names("Pod")
    for name in before:
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        space.client.create_subresource("Pod", name, space.name, "eviction", eviction)
    space.wait(90)
    assert not set(before) & set(space.names("Pod"))
    assert (status(space).get("failed", 0), status(space)["active"]) == (0, 3)
    assert "Failed" not in conditions(space)


@pytest.mark.kubewheel(nodes=1)
@conformance("Ensure that all indexes are executed for an indexed job with backoffLimitPerIndex despite some failing")
def test_each_index_has_its_own_limit(own: Space) -> None:
    by_index(own, {"0": ENDS, "1": FAILS, "2": ENDS, "3": FAILS})
    own.create(job(completions=4, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=1))
    own.wait(300)
    found = status(own)
    assert conditions(own)["Failed"] == ("True", "FailedIndexes")
    assert (found["failedIndexes"], found["completedIndexes"]) == ("1,3", "0,2")
    assert (found["failed"], found["succeeded"]) == (4, 2)


@conformance("Terminate job execution when the maxFailedIndexes is exceeded")
def test_too_many_failed_indexes(space: Space) -> None:
    space.create(job(command="exit 1", completions=10, parallelism=2, completionMode="Indexed",
                     backoffLimitPerIndex=0, maxFailedIndexes=4))
    space.wait(300)
    assert conditions(space)["Failed"] == ("True", "MaxFailedIndexesExceeded")
    assert status(space)["failed"] >= 5
    assert status(space).get("succeeded", 0) == 0


@pytest.mark.kubewheel(nodes=1)
@conformance("Mark indexes as failed when the FailIndex action is matched in podFailurePolicy")
def test_an_index_fails_without_another_try(own: Space) -> None:
    rule = {"action": "FailIndex", "onExitCodes": {"operator": "NotIn", "values": [0]}}
    by_index(own, {"0": ENDS, "1": FAILS})
    own.create(job(completions=2, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=1,
                     podFailurePolicy={"rules": [rule]}))
    own.wait(300)
    found = status(own)
    assert conditions(own)["Failed"] == ("True", "FailedIndexes")
    assert (found["failedIndexes"], found["completedIndexes"], found["failed"]) == ("1", "0", 1)


SUCCESS = [
    pytest.param({"succeededIndexes": "0,1"}, ENDS, "0,1",
                 marks=conformance("Ensure that job with successPolicy succeeded when all indexes succeeded")),
    pytest.param({"succeededIndexes": "0"}, STAYS, "0", marks=conformance(
        "Ensure that job with successPolicy succeededIndexes rule succeeded even when some indexes remain pending")),
    pytest.param({"succeededCount": 1}, STAYS, "0", marks=conformance(
        "Ensure that job with successPolicy succeededCount rule succeeded even when some indexes remain pending")),
]


@pytest.mark.kubewheel(nodes=1)
@pytest.mark.parametrize(("rule", "other", "completed"), SUCCESS)
def test_success_policy(own: Space, rule: dict[str, Any], other: Behaviour, completed: str) -> None:
    by_index(own, {"0": ENDS, "1": other})
    own.create(job(completions=2, parallelism=2, completionMode="Indexed",
                     successPolicy={"rules": [rule]}))
    own.wait(120)
    assert conditions(own) == {
        "SuccessCriteriaMet": ("True", "SuccessPolicy"), "Complete": ("True", "SuccessPolicy"),
    }
    assert status(own)["completedIndexes"] == completed
    assert status(own).get("active", 0) == 0


def cron_job(**spec: Any) -> dict[str, Any]:
    template = job(command=FOREVER)["spec"]
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
            "spec": {"schedule": "*/1 * * * *", "jobTemplate": {"spec": template}, **spec}}


@conformance("CronJob AllowConcurrent")
def test_jobs_side_by_side(space: Space) -> None:
    space.create(cron_job(concurrencyPolicy="Allow"))
    space.wait(150)
    assert len(space.get("CronJob.batch", "tick")["status"]["active"]) >= 2
    assert len([each for each in space.list("Job.batch") if each["status"].get("active")]) >= 2


@conformance("CronJob Suspend")
def test_a_suspended_cron_job_starts_nothing(space: Space) -> None:
    space.create(cron_job(suspend=True))
    space.wait(300)
    assert space.names("Job.batch") == []
    assert "active" not in space.get("CronJob.batch", "tick").get("status", {})


@conformance("CronJob ForbidConcurrent")
def test_one_job_at_a_time(space: Space) -> None:
    space.create(cron_job(concurrencyPolicy="Forbid"))
    space.wait(70)
    before = space.names("Job.batch")
    assert len(before) == 1
    space.wait(180)
    assert space.names("Job.batch") == before
    assert len(space.get("CronJob.batch", "tick")["status"]["active"]) == 1


@conformance("CronJob ReplaceConcurrent")
def test_the_newer_job_replaces(space: Space) -> None:
    space.create(cron_job(concurrencyPolicy="Replace"))
    space.wait(70)
    before = space.names("Job.batch")
    space.wait(120)
    assert len(space.names("Job.batch")) == 1
    assert space.names("Job.batch") != before


def budget(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}}


@conformance("PodDisruptionBudget: Status updates")
def test_a_budget_tells_what_is_allowed(space: Space) -> None:
    space.create(budget(minAvailable=1))
    assert space.get("PodDisruptionBudget.policy", "b")["status"]["disruptionsAllowed"] == 0
    space.create(workload("ReplicaSet", 3))
    assert space.get("PodDisruptionBudget.policy", "b")["status"]["disruptionsAllowed"] == 2


@conformance("PodDisruptionBudget: block an eviction until the PDB is updated to allow it")
def test_a_budget_blocks_until_it_is_changed(space: Space) -> None:
    space.create(workload("ReplicaSet", 3))
    space.create(budget(minAvailable=3))
    name = space.names("Pod")[0]

    def evict() -> None:
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        space.client.create_subresource("Pod", name, space.name, "eviction", eviction)
        space.cluster.settle()

    with pytest.raises(StatusError, match="disruption budget") as caught:
        evict()
    assert caught.value.code == 429
    space.patch("PodDisruptionBudget.policy", "b", {"spec": {"minAvailable": 2}})
    evict()
    space.wait(60)
    assert name not in space.names("Pod")
    space.delete("PodDisruptionBudget.policy", "b")
    name = space.names("Pod")[0]
    evict()
