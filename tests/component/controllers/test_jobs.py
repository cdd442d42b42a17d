"""Jobs with the real API server: from their first pod to their removal."""

from typing import Any

import pytest

from kubewheel.libs.clock import rfc3339

INDEX = "batch.kubernetes.io/job-completion-index"
TRACKING = "batch.kubernetes.io/job-tracking"


def job(name: str = "work", restart: str = "Never", containers: int = 1, **spec: Any) -> dict[str, Any]:
    pod = {
        "restartPolicy": restart,
        "containers": [{"name": f"c{number}", "image": "busybox:1"} for number in range(containers)],
    }
    return {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"template": {"spec": pod}, **spec},
    }


async def end(cluster: Any, pod: Any, phase: str = "Succeeded", code: int | None = None, condition: str = "") -> None:
    """End a pod as the node agent does."""
    now = rfc3339(cluster.clock.now())
    code = (0 if phase == "Succeeded" else 1) if code is None else code
    conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": now}]
    if condition:
        conditions.append({"type": condition, "status": "True", "lastTransitionTime": now})
    status = {
        "phase": phase, "conditions": conditions,
        "containerStatuses": [{
            "name": each["name"], "image": "x", "imageID": "x", "ready": False, "restartCount": 0,
            "state": {"terminated": {"exitCode": code, "finishedAt": now}},
        } for each in pod["spec"]["containers"]],
    }
    await cluster.patch("Pod", pod["metadata"]["name"], {"status": status}, type="strategic", subresource="status")


async def live(cluster: Any) -> list[Any]:
    return [
        pod for pod in await cluster.list("Pod")
        if not pod["metadata"].get("deletionTimestamp") and pod["status"]["phase"] in ("Pending", "Running")
    ]


async def end_all(cluster: Any, phase: str = "Succeeded", **options: Any) -> int:
    found = await live(cluster)
    for pod in found:
        await end(cluster, pod, phase, **options)
    return len(found)


async def status_of(cluster: Any, name: str = "work") -> Any:
    return (await cluster.get("Job.batch", name))["status"]


async def conditions_of(cluster: Any, name: str = "work") -> dict[str, tuple[str, str]]:
    found = (await status_of(cluster, name)).get("conditions") or []
    return {each["type"]: (each["status"], each.get("reason", "")) for each in found}


async def reasons(cluster: Any) -> set[str]:
    return {reason for reason, _ in await cluster.events()}


async def test_one_pod_runs_to_its_end(cluster: Any) -> None:
    await cluster.create(job())
    [pod] = await cluster.list("Pod")
    assert pod["metadata"]["name"].startswith("work-")
    assert TRACKING in pod["metadata"]["finalizers"]
    assert pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "work"
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "Job"
    status = await status_of(cluster)
    assert (status["active"], status["ready"], status["terminating"]) == (1, 0, 0)
    assert status["uncountedTerminatedPods"] == {}
    await cluster.run_pods()
    assert (await status_of(cluster))["ready"] == 1
    await end_all(cluster)
    status = await status_of(cluster)
    assert status["succeeded"] == 1
    assert "active" not in status
    assert status["completionTime"]
    assert await conditions_of(cluster) == {
        "SuccessCriteriaMet": ("True", "CompletionsReached"), "Complete": ("True", "CompletionsReached"),
    }
    [pod] = await cluster.list("Pod")
    assert "finalizers" not in pod["metadata"]
    assert {"SuccessfulCreate", "Completed"} <= await reasons(cluster)


async def test_completions_in_parallel(cluster: Any) -> None:
    await cluster.create(job(completions=5, parallelism=2))
    ended = []
    while count := await end_all(cluster):
        ended.append(count)
    assert sum(ended) == 5
    assert max(ended) == 2
    assert (await status_of(cluster))["succeeded"] == 5
    assert (await conditions_of(cluster))["Complete"][0] == "True"


async def test_work_queue_ends_when_its_last_pod_does(cluster: Any) -> None:
    await cluster.create(job(parallelism=3))
    first, *others = await live(cluster)
    await end(cluster, first)
    assert len(await live(cluster)) == 2
    assert "Complete" not in await conditions_of(cluster)
    await end(cluster, others[0], "Failed")
    await end(cluster, others[1])
    assert (await conditions_of(cluster))["Complete"][0] == "True"
    status = await status_of(cluster)
    assert (status["succeeded"], status["failed"]) == (2, 1)


async def test_failures_back_off_and_end_the_job(cluster: Any) -> None:
    await cluster.create(job(backoffLimit=3))
    for wait in (10, 20, 40):
        assert await end_all(cluster, "Failed") == 1
        await cluster.pass_time(wait - 1)
        assert await live(cluster) == []
        await cluster.pass_time(1)
        assert len(await live(cluster)) == 1
    await end_all(cluster, "Failed")
    assert await conditions_of(cluster) == {
        "FailureTarget": ("True", "BackoffLimitExceeded"), "Failed": ("True", "BackoffLimitExceeded"),
    }
    assert (await status_of(cluster))["failed"] == 4
    assert ("BackoffLimitExceeded", "Job has reached the specified backoff limit") in await cluster.events()
    await cluster.pass_time(400)
    assert len(await cluster.list("Pod")) == 4


async def test_back_off_is_bounded_and_forgotten_after_a_success(cluster: Any) -> None:
    await cluster.create(job(backoffLimit=20, completions=2))
    for _ in range(8):
        assert await end_all(cluster, "Failed") == 1
        await cluster.pass_time(360)
    await end_all(cluster)
    assert await end_all(cluster, "Failed") == 1
    await cluster.pass_time(10)
    assert len(await live(cluster)) == 1


async def test_restarts_within_the_pod_count(cluster: Any) -> None:
    await cluster.create(job(restart="OnFailure", backoffLimit=2))
    await cluster.run_pods()
    [pod] = await live(cluster)
    for count, names in ((1, set()), (2, {"FailureTarget"})):
        state = {"name": "c0", "image": "x", "imageID": "x", "ready": True, "restartCount": count}
        change = {"status": {"containerStatuses": [state]}}
        await cluster.patch("Pod", pod["metadata"]["name"], change, type="strategic", subresource="status")
        assert set(await conditions_of(cluster)) == names
    [pod] = await cluster.list("Pod")
    assert pod["metadata"]["deletionTimestamp"]
    await cluster.run_pods()
    assert (await conditions_of(cluster))["Failed"] == ("True", "BackoffLimitExceeded")


async def test_active_deadline(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.create(job(activeDeadlineSeconds=60, parallelism=2, completions=2))
    await cluster.run_pods()
    await cluster.pass_time(59)
    assert await conditions_of(cluster) == {}
    await cluster.pass_time(1)
    assert await conditions_of(cluster) == {"FailureTarget": ("True", "DeadlineExceeded")}
    assert (await status_of(cluster))["terminating"] == 2
    await cluster.run_pods()
    assert (await conditions_of(cluster))["Failed"] == ("True", "DeadlineExceeded")
    assert await cluster.list("Pod") == []
    assert (await status_of(cluster))["failed"] == 2


async def test_suspend_and_resume(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.create(job(suspend=True, activeDeadlineSeconds=100))
    assert await cluster.list("Pod") == []
    status = await status_of(cluster)
    assert "startTime" not in status
    assert await conditions_of(cluster) == {"Suspended": ("True", "JobSuspended")}
    await cluster.patch("Job.batch", "work", {"spec": {"suspend": False}})
    assert await conditions_of(cluster) == {"Suspended": ("False", "JobResumed")}
    started = (await status_of(cluster))["startTime"]
    await cluster.run_pods()
    await cluster.pass_time(50)
    await cluster.patch("Job.batch", "work", {"spec": {"suspend": True}})
    await cluster.run_pods()
    assert await cluster.list("Pod") == []
    status = await status_of(cluster)
    assert "failed" not in status
    assert "active" not in status
    await cluster.pass_time(200)
    await cluster.patch("Job.batch", "work", {"spec": {"suspend": False}})
    assert len(await live(cluster)) == 1
    assert (await status_of(cluster))["startTime"] > started
    assert {"Suspended", "Resumed"} <= await reasons(cluster)
    await end_all(cluster)
    assert (await conditions_of(cluster))["Complete"][0] == "True"


async def test_parallelism_changes(cluster: Any) -> None:
    await cluster.create(job(completions=10, parallelism=4))
    assert len(await live(cluster)) == 4
    await cluster.patch("Job.batch", "work", {"spec": {"parallelism": 1}})
    assert len(await live(cluster)) == 1
    await cluster.patch("Job.batch", "work", {"spec": {"parallelism": 3}})
    assert len(await live(cluster)) == 3
    assert "failed" not in await status_of(cluster)


async def test_indexes(cluster: Any) -> None:
    await cluster.create(job(completions=5, parallelism=3, completionMode="Indexed", containers=2))
    pods = sorted(await live(cluster), key=lambda pod: pod["metadata"]["annotations"][INDEX])
    assert [pod["metadata"]["annotations"][INDEX] for pod in pods] == ["0", "1", "2"]
    assert [pod["spec"]["hostname"] for pod in pods] == ["work-0", "work-1", "work-2"]
    assert pods[2]["metadata"]["labels"][INDEX] == "2"
    assert pods[2]["metadata"]["name"].startswith("work-2-")
    for container in pods[0]["spec"]["containers"]:
        [variable] = container["env"]
        assert variable["name"] == "JOB_COMPLETION_INDEX"
        assert variable["valueFrom"]["fieldRef"]["fieldPath"] == f"metadata.labels['{INDEX}']"
    await end(cluster, pods[0])
    await end(cluster, pods[2])
    status = await status_of(cluster)
    assert (status["completedIndexes"], status["succeeded"]) == ("0,2", 2)
    await end(cluster, pods[1], "Failed")
    await cluster.pass_time(10)
    assert sorted(pod["metadata"]["annotations"][INDEX] for pod in await live(cluster)) == ["1", "3", "4"]
    await end_all(cluster)
    status = await status_of(cluster)
    assert (status["completedIndexes"], status["succeeded"], status["failed"]) == ("0-4", 5, 1)
    assert (await conditions_of(cluster))["Complete"][0] == "True"


async def test_elastic_indexed_job(cluster: Any) -> None:
    await cluster.create(job(completions=4, parallelism=4, completionMode="Indexed"))
    pods = {pod["metadata"]["annotations"][INDEX]: pod for pod in await live(cluster)}
    await end(cluster, pods["0"])
    await end(cluster, pods["3"])
    await cluster.patch("Job.batch", "work", {"spec": {"completions": 2, "parallelism": 2}})
    assert [pod["metadata"]["annotations"][INDEX] for pod in await live(cluster)] == ["1"]
    status = await status_of(cluster)
    assert (status["completedIndexes"], status["succeeded"]) == ("0", 1)
    await cluster.patch("Job.batch", "work", {"spec": {"completions": 3, "parallelism": 3}})
    assert sorted(pod["metadata"]["annotations"][INDEX] for pod in await live(cluster)) == ["1", "2"]
    await end_all(cluster)
    assert (await status_of(cluster))["completedIndexes"] == "0-2"


async def test_limit_for_each_index(cluster: Any) -> None:
    await cluster.create(job(completions=3, parallelism=3, completionMode="Indexed", backoffLimitPerIndex=1))
    pods = {pod["metadata"]["annotations"][INDEX]: pod for pod in await live(cluster)}
    await end(cluster, pods["1"], "Failed")
    await end(cluster, pods["0"])
    [failed] = [pod for pod in await cluster.list("Pod") if pod["status"]["phase"] == "Failed"]
    assert TRACKING in failed["metadata"]["finalizers"]
    await cluster.pass_time(9)
    assert len(await live(cluster)) == 1
    await cluster.pass_time(1)
    again = {pod["metadata"]["annotations"][INDEX]: pod for pod in await live(cluster)}["1"]
    assert again["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] == "1"
    assert (await status_of(cluster))["failed"] == 1
    await end(cluster, again, "Failed")
    status = await status_of(cluster)
    assert (status["failedIndexes"], status["completedIndexes"]) == ("1", "0")
    await end_all(cluster)
    assert (await conditions_of(cluster))["Failed"] == ("True", "FailedIndexes")
    status = await status_of(cluster)
    assert (status["failedIndexes"], status["completedIndexes"], status["failed"]) == ("1", "0,2", 2)


async def test_too_many_failed_indexes(cluster: Any) -> None:
    await cluster.create(job(
        completions=10, parallelism=4, completionMode="Indexed", backoffLimitPerIndex=0, maxFailedIndexes=1,
    ))
    for pod in (await live(cluster))[:2]:
        await end(cluster, pod, "Failed")
    assert (await conditions_of(cluster))["Failed"] == ("True", "MaxFailedIndexesExceeded")


POLICY = {"rules": [
    {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
    {"action": "FailJob", "onExitCodes": {"containerName": "c0", "operator": "In", "values": [42]}},
    {"action": "Count", "onExitCodes": {"operator": "In", "values": [3]}},
]}


async def test_failure_policy(cluster: Any) -> None:
    await cluster.create(job(backoffLimit=1, podFailurePolicy=POLICY))
    await end_all(cluster, "Failed", code=137, condition="DisruptionTarget")
    assert "failed" not in await status_of(cluster)
    await cluster.pass_time(10)
    await end_all(cluster, "Failed", code=3)
    assert (await status_of(cluster))["failed"] == 1
    await cluster.pass_time(20)
    [pod] = await live(cluster)
    await end(cluster, pod, "Failed", code=42)
    found = (await status_of(cluster))["conditions"]
    assert [(each["type"], each["reason"]) for each in found] == [
        ("FailureTarget", "PodFailurePolicy"), ("Failed", "PodFailurePolicy"),
    ]
    name = pod["metadata"]["name"]
    text = f"Container c0 for pod default/{name} failed with exit code 42 matching FailJob rule at index 1"
    assert found[1]["message"] == text


async def test_fail_index(cluster: Any) -> None:
    rules = [{"action": "FailIndex", "onExitCodes": {"operator": "NotIn", "values": [5]}}]
    await cluster.create(job(
        completions=2, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=3,
        podFailurePolicy={"rules": rules},
    ))
    pods = {pod["metadata"]["annotations"][INDEX]: pod for pod in await live(cluster)}
    await end(cluster, pods["0"], "Failed", code=1)
    assert (await status_of(cluster))["failedIndexes"] == "0"
    await end(cluster, pods["1"])
    assert (await conditions_of(cluster))["Failed"] == ("True", "FailedIndexes")


@pytest.mark.parametrize(("rule", "index"), [
    pytest.param({"succeededIndexes": "1"}, "1", id="leader"),
    pytest.param({"succeededCount": 1}, "2", id="any"),
    pytest.param({"succeededIndexes": "0-1", "succeededCount": 1}, "0", id="some"),
])
async def test_success_policy(cluster: Any, rule: dict[str, Any], index: str) -> None:
    await cluster.create(job(
        completions=3, parallelism=3, completionMode="Indexed", successPolicy={"rules": [rule]},
    ))
    await cluster.run_pods()
    pods = {pod["metadata"]["annotations"][INDEX]: pod for pod in await live(cluster)}
    await end(cluster, pods[index])
    assert (await conditions_of(cluster)) == {"SuccessCriteriaMet": ("True", "SuccessPolicy")}
    assert await live(cluster) == []
    await cluster.run_pods()
    assert (await conditions_of(cluster))["Complete"] == ("True", "SuccessPolicy")
    status = await status_of(cluster)
    assert (status["completedIndexes"], status["succeeded"]) == (index, 1)
    assert "failed" not in status


@pytest.mark.parametrize(("policy", "replaced"), [("TerminatingOrFailed", 1), ("Failed", 0)])
async def test_replacement_of_pods_that_are_going(cluster: Any, policy: str, replaced: int) -> None:
    await cluster.add_node("n1")
    await cluster.create(job(podReplacementPolicy=policy))
    await cluster.run_pods()
    [pod] = await live(cluster)
    await cluster.delete("Pod", pod["metadata"]["name"])
    await cluster.pass_time(10)
    assert len(await live(cluster)) == replaced
    status = await status_of(cluster)
    assert (status["terminating"], status.get("failed", 0)) == (1, replaced)
    await end(cluster, pod, "Failed", code=143)
    await cluster.client.delete("Pod", pod["metadata"]["name"], "default", grace_seconds=0)
    await cluster.pass_time(10)
    assert len(await live(cluster)) == 1
    assert (await status_of(cluster))["failed"] == 1


async def test_somebody_elses_job_is_left_alone(cluster: Any) -> None:
    await cluster.create(job(managedBy="example.com/queue"))
    assert await cluster.list("Pod") == []
    assert "startTime" not in (await cluster.get("Job.batch", "work")).get("status", {})


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
async def test_deleted_job_takes_its_pods_along(cluster: Any, propagation: str) -> None:
    await cluster.create(job(completions=2, parallelism=2))
    await cluster.run_pods()
    await cluster.delete("Job.batch", "work", propagation=propagation)
    await cluster.run_pods()
    await cluster.pass_time(1)
    assert await cluster.list("Job.batch") == []
    assert await cluster.list("Pod") == []


async def test_orphaned_pods_are_free(cluster: Any) -> None:
    await cluster.create(job())
    await cluster.delete("Job.batch", "work", propagation="Orphan")
    await cluster.pass_time(1)
    [pod] = await cluster.list("Pod")
    assert "finalizers" not in pod["metadata"]
    assert "ownerReferences" not in pod["metadata"]


async def test_adopted_pods_are_tracked(cluster: Any) -> None:
    labels = {"app": "queue"}
    await cluster.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "early", "labels": labels},
        "spec": {"containers": [{"name": "c", "image": "x"}], "restartPolicy": "Never"},
    })
    manual = job(manualSelector=True, selector={"matchLabels": labels})
    manual["spec"]["template"]["metadata"] = {"labels": labels}
    await cluster.create(manual)
    [pod] = await cluster.list("Pod")
    assert pod["metadata"]["finalizers"] == [TRACKING]
    await end_all(cluster)
    assert (await status_of(cluster))["succeeded"] == 1


async def test_failed_creates_are_told_and_tried_again(cluster: Any) -> None:
    bad = job()
    bad["spec"]["template"]["spec"]["serviceAccountName"] = "later"
    await cluster.create(bad)
    assert await cluster.list("Pod") == []
    assert "FailedCreate" in await reasons(cluster)
    await cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "later"}})
    await cluster.pass_time(5)
    assert len(await live(cluster)) == 1


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
async def test_time_to_live(cluster: Any, phase: str) -> None:
    await cluster.create(job(ttlSecondsAfterFinished=100, backoffLimit=0))
    await cluster.pass_time(200)
    await end_all(cluster, phase)
    await cluster.pass_time(90)
    assert await cluster.names("Job.batch") == ["work"]
    await cluster.patch("Job.batch", "work", {"spec": {"ttlSecondsAfterFinished": 150}})
    await cluster.pass_time(50)
    assert await cluster.names("Job.batch") == ["work"]
    await cluster.pass_time(11)
    assert await cluster.names("Job.batch") == []
    assert await cluster.names("Pod") == []


async def test_nothing_is_written_at_rest(cluster: Any) -> None:
    await cluster.create(job(completions=2, parallelism=1))
    await cluster.run_pods()
    await cluster.pass_time(1)
    before = cluster.server.backend.store.revision
    await cluster.pass_time(20)
    assert cluster.server.backend.store.revision == before
    assert cluster.engine.retrying == 0
