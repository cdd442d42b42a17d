"""What controllers do, in scenarios that the fixture's cluster and a real one must play alike.

Images and commands are such that real containers and simulated ones do the same.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.libs.wire import Object
from tests.shared.targets import Target

Scenario = Callable[[Target], None]
FOREVER = ("sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait")


def pod_spec(*command: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "busybox", "command": list(command or FOREVER)}
    container |= spec.pop("container", {})
    return {"terminationGracePeriodSeconds": 1, "containers": [container], **spec}


def workload(replicas: int, app: str, *command: str, **more: Any) -> dict[str, Any]:
    labels = {"app": app}
    return {
        "replicas": replicas, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod_spec(*command)}, **more,
    }


def job_spec(*command: str, **more: Any) -> dict[str, Any]:
    return {"template": {"spec": pod_spec(*command, restartPolicy="Never")}, **more}


def condition(found: Object | None, kind: str) -> dict[str, Any]:
    listed = ((found or {}).get("status") or {}).get("conditions") or ()
    return next((dict(each) for each in listed if each["type"] == kind), {})


def holds(found: Object | None, kind: str) -> bool:
    return condition(found, kind).get("status") == "True"


def names(found: list[Object]) -> list[str]:
    return sorted(each["metadata"]["name"] for each in found)


def a_deployment_rolls_out_and_back(target: Target) -> None:
    target.create("Deployment", "web", workload(3, "web"), "apps/v1")
    target.until(lambda: target.status("Deployment.apps", "web").get("readyReplicas") == 3)
    (first,) = target.list("ReplicaSet.apps")
    change = {"spec": {"template": {"metadata": {"annotations": {"version": "2"}}}}}
    target.patch("Deployment.apps", "web", change)
    target.until(lambda: len(target.list("ReplicaSet.apps")) == 2)
    status = target.until(lambda: _rolled_out(target, "web"))
    assert target.get("ReplicaSet.apps", first["metadata"]["name"])["spec"]["replicas"] == 0
    assert (status["readyReplicas"], status["updatedReplicas"]) == (3, 3)
    revisions = sorted(
        each["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for each in target.list("ReplicaSet.apps")
    )
    assert revisions == ["1", "2"]


def _rolled_out(target: Target, name: str) -> dict[str, Any] | None:
    found = target.get("Deployment.apps", name)
    status, wanted = found["status"], found["spec"]["replicas"]
    is_done = status.get("observedGeneration") == found["metadata"]["generation"] and status.get("replicas") == wanted
    return status if is_done and status.get("updatedReplicas") == wanted == status.get("availableReplicas") else None


def a_lost_pod_is_replaced(target: Target) -> None:
    target.create("ReplicaSet", "web", workload(2, "web"), "apps/v1")
    target.until(lambda: target.status("ReplicaSet.apps", "web").get("readyReplicas") == 2)
    before = names(target.list("Pod"))
    target.delete("Pod", before[0])
    target.until(lambda: target.find("Pod", before[0]) is None)
    target.until(lambda: target.status("ReplicaSet.apps", "web").get("readyReplicas") == 2)
    after = names(target.list("Pod"))
    assert len(after) == 2
    assert before[1] in after


def an_indexed_job_completes(target: Target) -> None:
    spec = job_spec("sh", "-c", "exit 0", completions=3, parallelism=2, completionMode="Indexed")
    target.create("Job", "work", spec, "batch/v1")
    target.until(lambda: holds(target.get("Job.batch", "work"), "Complete"))
    status = target.status("Job.batch", "work")
    assert (status["succeeded"], status["completedIndexes"]) == (3, "0-2")
    found = {each["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] for each in target.list("Pod")}
    assert found == {"0", "1", "2"}


def a_job_fails_at_its_limit(target: Target) -> None:
    target.create("Job", "work", job_spec("sh", "-c", "exit 3", backoffLimit=0), "batch/v1")
    target.until(lambda: holds(target.get("Job.batch", "work"), "Failed"))
    failed = condition(target.get("Job.batch", "work"), "Failed")
    assert failed["reason"] == "BackoffLimitExceeded"
    assert target.status("Job.batch", "work")["failed"] == 1
    (pod,) = target.list("Pod")
    assert pod["status"]["phase"] == "Failed"
    assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 3


def a_policy_ignores_an_exit_code(target: Target) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [7]}}
    spec = job_spec("sh", "-c", "exit 7", backoffLimit=5, podFailurePolicy={"rules": [rule]})
    target.create("Job", "work", spec, "batch/v1")
    target.until(lambda: holds(target.get("Job.batch", "work"), "Failed"))
    assert condition(target.get("Job.batch", "work"), "Failed")["reason"] == "PodFailurePolicy"


def a_finished_job_goes_after_its_time(target: Target) -> None:
    target.create("Job", "work", job_spec("sh", "-c", "exit 0", ttlSecondsAfterFinished=1), "batch/v1")
    target.until(lambda: target.find("Job.batch", "work") is None)
    target.until(lambda: target.list("Pod") == [])


def a_cron_job_makes_up_for_a_missed_start(target: Target) -> None:
    job = job_spec("sh", "-c", "sleep 1000")
    spec = {"schedule": "* * * * *", "concurrencyPolicy": "Forbid", "suspend": True, "jobTemplate": {"spec": job}}
    made = target.create("CronJob", "report", spec, "batch/v1")
    begun = datetime.fromisoformat(made["metadata"]["creationTimestamp"])
    past = (begun - timedelta(minutes=1, seconds=30)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    target.patch("CronJob.batch", "report", {"status": {"lastScheduleTime": past}}, subresource="status")
    target.patch("CronJob.batch", "report", {"spec": {"suspend": False}})
    (started,) = target.until(lambda: target.list("Job.batch"))
    assert started["metadata"]["ownerReferences"][0]["name"] == "report"
    assert started["metadata"]["name"].startswith("report-")
    target.until(lambda: target.status("CronJob.batch", "report").get("active"))
    target.patch("CronJob.batch", "report", {"spec": {"suspend": True}})
    target.delete("CronJob.batch", "report", propagation="Background")
    target.until(lambda: target.list("Job.batch") == [])


def a_stateful_set_counts(target: Target) -> None:
    target.create("Service", "db", {"clusterIP": "None", "selector": {"app": "db"}, "ports": [{"port": 80}]})
    target.create("StatefulSet", "db", {**workload(2, "db"), "serviceName": "db"}, "apps/v1")
    target.until(lambda: target.status("StatefulSet.apps", "db").get("readyReplicas") == 2)
    first, second = (target.get("Pod", f"db-{number}") for number in range(2))
    assert first["metadata"]["creationTimestamp"] <= second["metadata"]["creationTimestamp"]
    assert (first["spec"]["hostname"], first["spec"]["subdomain"]) == ("db-0", "db")
    target.patch("StatefulSet.apps", "db", {"spec": {"replicas": 1}})
    target.until(lambda: names(target.list("Pod")) == ["db-0"])


def a_daemon_set_has_a_pod_for_each_node(target: Target) -> None:
    spec = workload(0, "agent")
    del spec["replicas"]
    target.create("DaemonSet", "agent", spec, "apps/v1")
    nodes = len(target.client.list("Node").items)
    target.until(lambda: target.status("DaemonSet.apps", "agent").get("numberReady") == nodes)
    assert len({each["spec"]["nodeName"] for each in target.list("Pod")}) == nodes


def what_is_owned_goes_with_its_owner(target: Target) -> None:
    owner = target.create("ConfigMap", "owner", data={"a": "b"})
    reference = {
        "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": True,
    }
    for name, references in (("owned", [reference]), ("free", [])):
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "ownerReferences": references}}
        target.client.create(body, namespace=target.namespace)
    target.delete("ConfigMap", "owner", propagation="Foreground")
    target.until(lambda: target.find("ConfigMap", "owner") is None)
    assert target.find("Secret", "owned") is None
    assert target.find("Secret", "free") is not None


def orphans_stay(target: Target) -> None:
    target.create("ReplicaSet", "web", workload(1, "web"), "apps/v1")
    target.until(lambda: target.status("ReplicaSet.apps", "web").get("replicas") == 1)
    target.delete("ReplicaSet.apps", "web", propagation="Orphan")
    target.until(lambda: target.find("ReplicaSet.apps", "web") is None)
    (pod,) = target.list("Pod")
    assert "ownerReferences" not in pod["metadata"]


def a_finalizer_holds_an_object(target: Target) -> None:
    target.create("ConfigMap", "held", finalizers=["example.com/hold"], data={})
    target.delete("ConfigMap", "held")
    assert target.get("ConfigMap", "held")["metadata"]["deletionTimestamp"]
    target.patch("ConfigMap", "held", {"metadata": {"finalizers": None}})
    target.until(lambda: target.find("ConfigMap", "held") is None)


def a_quota_is_kept(target: Target) -> None:
    target.create("ResourceQuota", "few", {"hard": {"count/configmaps": "3", "pods": "1"}})
    target.until(lambda: target.status("ResourceQuota", "few").get("used", {}).get("pods") == "0")
    target.create("Pod", "one", pod_spec())
    with pytest.raises(StatusError, match="exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1") as e:
        target.create("Pod", "two", pod_spec())
    assert e.value.code == 403
    target.delete("Pod", "one", grace_seconds=0)
    target.until(lambda: target.status("ResourceQuota", "few")["used"]["pods"] == "0")


def a_limit_range_fills_in(target: Target) -> None:
    limits = [{"type": "Container", "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m"}, "max": {"cpu": "1"}}]
    target.create("LimitRange", "limits", {"limits": limits})
    made = target.create("Pod", "small", pod_spec())
    resources = made["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "200m"}, "requests": {"cpu": "100m"}}
    with pytest.raises(StatusError, match="maximum cpu usage per Container is 1, but limit is 2"):
        target.create("Pod", "large", pod_spec(container={"resources": {"limits": {"cpu": "2"}}}))


def endpoints_follow_pods(target: Target) -> None:
    target.create("Service", "web", {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]})
    target.create("ReplicaSet", "web", workload(2, "web"), "apps/v1")
    target.until(lambda: len(_ready_addresses(target, "web")) == 2)
    addresses = {each["status"]["podIP"] for each in target.list("Pod")}
    assert _ready_addresses(target, "web") == addresses
    (found,) = target.list("EndpointSlice.discovery.k8s.io", "kubernetes.io/service-name=web")
    assert [(each["port"], each["protocol"]) for each in found["ports"]] == [(8080, "TCP")]
    target.patch("ReplicaSet.apps", "web", {"spec": {"replicas": 0}})
    target.until(lambda: _ready_addresses(target, "web") == set())


def _ready_addresses(target: Target, service: str) -> set[str]:
    slices = target.list("EndpointSlice.discovery.k8s.io", f"kubernetes.io/service-name={service}")
    return {
        address for each in slices for endpoint in each.get("endpoints") or ()
        if endpoint["conditions"].get("ready") for address in endpoint["addresses"]
    }


def a_budget_stops_evictions(target: Target) -> None:
    target.create("ReplicaSet", "web", workload(2, "web"), "apps/v1")
    budget = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    target.create("PodDisruptionBudget", "web", budget, "policy/v1")
    target.until(lambda: target.status("PodDisruptionBudget.policy", "web").get("currentHealthy") == 2)
    name = names(target.list("Pod"))[0]
    with pytest.raises(StatusError, match="Cannot evict pod as it would violate the pod's disruption budget") as e:
        _evict(target, name)
    assert e.value.code == 429
    target.patch("PodDisruptionBudget.policy", "web", {"spec": {"minAvailable": 1}})
    target.until(lambda: target.status("PodDisruptionBudget.policy", "web")["disruptionsAllowed"] == 1)
    _evict(target, name)
    target.until(lambda: target.find("Pod", name) is None)


def _evict(target: Target, name: str) -> None:
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    target.client.create_subresource("Pod", name, target.namespace, "eviction", eviction)


def a_pod_that_fits_nowhere_waits(target: Target) -> None:
    target.create("Pod", "huge", pod_spec(container={"resources": {"requests": {"cpu": "9000"}}}))
    target.until(lambda: condition(target.get("Pod", "huge"), "PodScheduled").get("reason") == "Unschedulable")
    message = condition(target.get("Pod", "huge"), "PodScheduled")["message"]
    assert "nodes are available" in message
    assert "Insufficient cpu" in message


def a_deadline_ends_a_pod(target: Target) -> None:
    target.create("Pod", "short", pod_spec(activeDeadlineSeconds=1))
    target.until(lambda: target.status("Pod", "short").get("phase") == "Failed")
    assert target.status("Pod", "short")["reason"] == "DeadlineExceeded"


def a_namespace_takes_everything_along(target: Target) -> None:
    inner = target.within(f"{target.namespace}-inner")
    inner.create("ConfigMap", "a", data={})
    inner.create("Pod", "p", pod_spec())
    inner.until(lambda: inner.status("Pod", "p").get("phase") == "Running")
    target.client.delete("Namespace", inner.namespace)
    target.until(lambda: inner.find("Pod", "p") is None and inner.find("ConfigMap", "a") is None)

    def is_gone() -> bool:
        return all(each["metadata"]["name"] != inner.namespace for each in target.client.list("Namespace").items)

    target.until(is_gone)


ALL: tuple[Scenario, ...] = (
    a_deployment_rolls_out_and_back, a_lost_pod_is_replaced, an_indexed_job_completes, a_job_fails_at_its_limit,
    a_policy_ignores_an_exit_code, a_finished_job_goes_after_its_time, a_cron_job_makes_up_for_a_missed_start,
    a_stateful_set_counts, a_daemon_set_has_a_pod_for_each_node, what_is_owned_goes_with_its_owner, orphans_stay,
    a_finalizer_holds_an_object, a_quota_is_kept, a_limit_range_fills_in, endpoints_follow_pods,
    a_budget_stops_evictions, a_pod_that_fits_nowhere_waits, a_deadline_ends_a_pod,
    a_namespace_takes_everything_along,
)
