"""Pods on simulated nodes, and what the API says of them."""

import base64
from typing import Any

import pytest
import websocket

from kubewheel.api.errors import StatusError
from tests.component.conformance.conftest import Space, pod
from tests.component.kinds.conftest import MERGE, STRATEGIC, Api
from tests.component.kinds.examples import NAMESPACE

conformance = pytest.mark.conformance
ASKS = {"requests": {"cpu": "100m", "memory": "100Mi"}, "limits": {"cpu": "100m", "memory": "100Mi"}}


def test_a_pod_is_submitted_and_removed(space: Space) -> None:
    start = space.client.list("Pod", space.name).resource_version
    space.create(pod("p", {"time": "1"}))
    assert space.names("Pod", "time=1") == ["p"]
    assert space.get("Pod", "p")["status"]["phase"] == "Running"
    space.client.delete("Pod", "p", space.name, grace_seconds=30)
    space.wait(60)
    events: list[Any] = []
    while not events or events[-1][0] != "DELETED":
        events = space.api.watch(space.path("pods"), len(events) + 1, resourceVersion=start, labelSelector="time=1")
    assert events[0][0] == "ADDED"
    assert any(found["metadata"].get("deletionTimestamp") for kind, found in events if kind == "MODIFIED")
    assert events[-1][1]["metadata"]["deletionGracePeriodSeconds"] in (0, 30)
    assert space.names("Pod", "time=1") == []


@conformance("Pods, update")
def test_labels_are_updated(space: Space) -> None:
    space.create(pod("p", {"name": "foo", "time": "1"}))
    found = space.api.expect(200, "GET", space.path("pods", "p"))
    found["metadata"]["labels"]["time"] = "2"
    space.api.expect(200, "PUT", space.path("pods", "p"), found)
    assert (space.names("Pod", "time=1"), space.names("Pod", "time=2")) == ([], ["p"])


def test_pods_have_host_addresses_and_go_together(space: Space) -> None:
    for number in range(3):
        space.create(pod(f"p{number}", {"type": "Testing"}))
    assert all(each["status"]["hostIP"] for each in space.list("Pod", "type=Testing"))
    space.api.expect(200, "DELETE", space.path("pods"), labelSelector="type=Testing", gracePeriodSeconds=1)
    space.wait(10)
    assert space.names("Pod", "type=Testing") == []


@conformance("Pods, completes the lifecycle of a Pod and the PodStatus")
@conformance("Pods, patching status")
def test_life_of_a_pod_and_its_status(space: Space) -> None:
    space.create(pod("p", {"static": "yes"}))
    target = space.path("pods", "p")
    patch = {"metadata": {"labels": {"patched": "yes"}}, "spec": {"containers": [{"name": "c", "image": "nginx:2"}]}}
    space.api.expect(200, "PATCH", target, patch, kind=STRATEGIC)
    space.cluster.settle()
    found = space.api.expect(200, "GET", f"{target}/status")
    assert (found["status"]["phase"], found["metadata"]["labels"]["patched"]) == ("Running", "yes")
    assert found["spec"]["containers"][0]["image"] == "nginx:2"
    told = space.api.expect(200, "PATCH", f"{target}/status", {"status": {"message": "patched", "reason": "E2E"}},
                            kind=MERGE)
    assert (told["status"]["message"], told["status"]["reason"]) == ("patched", "E2E")
    found = space.api.expect(200, "GET", f"{target}/status")
    changed = {each["type"]: each for each in found["status"]["conditions"]}
    for kind in ("Ready", "ContainersReady"):
        assert changed[kind]["status"] == "True"
        changed[kind]["status"] = "False"
    replaced = space.api.expect(200, "PUT", f"{target}/status", found)
    shown = {each["type"]: each["status"] for each in replaced["status"]["conditions"]}
    assert (shown["Ready"], shown["ContainersReady"]) == ("False", "False")
    space.api.expect(200, "DELETE", space.path("pods"), labelSelector="static=yes", gracePeriodSeconds=1)
    space.wait(60)
    start, count = replaced["metadata"]["resourceVersion"], 1
    while (events := space.api.watch(space.path("pods"), count, resourceVersion=start,
                                     labelSelector="static=yes"))[-1][0] != "DELETED":
        count += 1
    assert {kind for kind, _ in events[:-1]} == {"MODIFIED"}
    space.api.expect(404, "GET", target)


def test_a_deadline_can_be_given_later(space: Space) -> None:
    space.create(pod())
    space.patch("Pod", "p", {"spec": {"activeDeadlineSeconds": 5}})
    assert space.get("Pod", "p")["status"]["phase"] == "Running"
    space.wait(30)
    status = space.get("Pod", "p")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")


@conformance("Pods, QOS")
def test_quality_of_service(space: Space) -> None:
    found = space.create(pod(container={"resources": ASKS}))
    assert found["status"]["qosClass"] == "Guaranteed"


def test_generations_count_updates(space: Space) -> None:
    made = space.create(pod(tolerations=[]))
    assert made["metadata"]["generation"] == 1
    tolerate = {"spec": {"tolerations": [
        *made["spec"]["tolerations"], {"key": "foo", "operator": "Exists", "effect": "NoExecute"},
    ]}}
    steps: list[tuple[Any, int]] = [
        ({"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}}, 2),
        ({"spec": {"activeDeadlineSeconds": 100000}}, 3), (tolerate, 4), ({"metadata": {"labels": {"a": "b"}}}, 4),
    ]
    for patch, generation in steps:
        space.patch("Pod", "p", patch, type="strategic")
        found = space.get("Pod", "p")
        assert found["metadata"]["generation"] == found["status"]["observedGeneration"] == generation


def test_a_graceful_deletion_is_a_generation(space: Space) -> None:
    body = pod()
    body["metadata"] |= {"generation": 5, "finalizers": ["example.com/hold"]}
    made = space.create(body)
    assert made["metadata"]["generation"] == 1
    space.delete("Pod", "p", grace_seconds=30)
    assert space.get("Pod", "p")["metadata"]["generation"] == 2
    space.patch("Pod", "p", {"metadata": {"finalizers": None}})
    space.wait(60)
    assert space.names("Pod") == []


def test_ephemeral_containers(space: Space) -> None:
    space.create(pod())
    target = f"{space.path('pods', 'p')}/ephemeralcontainers"
    first = {"name": "debugger", "image": "busybox", "command": ["sleep", "100000"], "stdin": True, "tty": True}
    space.api.expect(200, "PATCH", target, {"spec": {"ephemeralContainers": [first]}}, kind=STRATEGIC)
    space.cluster.settle()
    [status] = space.get("Pod", "p")["status"]["ephemeralContainerStatuses"]
    assert "running" in status["state"]
    found = space.api.expect(200, "GET", target)
    assert len(found["spec"]["ephemeralContainers"]) == 1
    found["spec"]["ephemeralContainers"].append({**first, "name": "debugger2"})
    space.api.expect(200, "PUT", target, found)
    space.cluster.settle()
    found = space.get("Pod", "p")
    assert [each["name"] for each in found["spec"]["ephemeralContainers"]] == ["debugger", "debugger2"]
    assert all("running" in each["state"] for each in found["status"]["ephemeralContainerStatuses"])


EMPTY_KEYS = [
    pytest.param("configmaps", marks=conformance("ConfigMap, with empty-key")),
    pytest.param("secrets", marks=conformance("Secrets, with empty-key")),
]


@pytest.mark.parametrize("plural", EMPTY_KEYS)
def test_keys_are_not_empty(api: Api, plural: str) -> None:
    body = {"metadata": {"name": "empty"}, "data": {"": "dmFsdWU="}}
    refused = api.expect(422, "POST", f"/api/v1/namespaces/{NAMESPACE}/{plural}", body)
    assert "data[]: Invalid value" in refused["message"]


IMMUTABLE = [
    pytest.param("configmaps", marks=conformance("ConfigMap Volume, immutability")),
    pytest.param("secrets", marks=conformance("Secrets Volume, immutability")),
]


@pytest.mark.parametrize("plural", IMMUTABLE)
def test_immutable_data_stays(api: Api, plural: str) -> None:
    target = f"/api/v1/namespaces/{NAMESPACE}/{plural}"
    api.expect(201, "POST", target, {"metadata": {"name": "fixed"}, "data": {"a": "YQ=="}})
    target += "/fixed"
    api.expect(200, "PATCH", target, {"data": {"a": "Yg=="}}, kind=MERGE)
    api.expect(200, "PATCH", target, {"immutable": True}, kind=MERGE)
    api.expect(422, "PATCH", target, {"data": {"a": "Yw=="}}, kind=MERGE)
    api.expect(422, "PATCH", target, {"immutable": False}, kind=MERGE)
    api.expect(200, "PATCH", target, {"metadata": {"labels": {"a": "b"}}}, kind=MERGE)
    api.expect(200, "DELETE", target)


def runtime_class(space: Space, **more: Any) -> str:
    name = f"{space.name}-class"
    space.client.create({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name},
                         "handler": "handler", **more})
    return name


@conformance("Pod with the non-existing RuntimeClass is rejected.")
@conformance("Pod with the deleted RuntimeClass is rejected.")
def test_pods_need_their_runtime_class(space: Space) -> None:
    with pytest.raises(StatusError, match="RuntimeClass") as refused:
        space.create(pod(runtimeClassName="nonexistent"))
    assert refused.value.code == 403
    name = runtime_class(space)
    space.client.delete("RuntimeClass.node.k8s.io", name)
    space.cluster.settle()
    with pytest.raises(StatusError, match="not found") as refused:
        space.create(pod(runtimeClassName=name))
    assert refused.value.code == 403


@conformance("Can schedule a pod requesting existing RuntimeClass.")
@conformance("RuntimeClass Overhead field must be respected.")
@pytest.mark.parametrize("overhead", [None, {"cpu": "10m", "memory": "1Mi"}])
def test_pods_with_a_runtime_class_are_scheduled(space: Space, overhead: dict[str, str] | None) -> None:
    name = runtime_class(space, **({"overhead": {"podFixed": overhead}} if overhead else {}))
    space.create(pod(runtimeClassName=name))
    found = space.get("Pod", "p")
    assert found["spec"]["nodeName"]
    assert found["spec"].get("overhead") == overhead
    space.client.delete("RuntimeClass.node.k8s.io", name)


TAINT = {"key": "kubernetes.io/e2e-evict-taint-key", "value": "evictTaintVal", "effect": "NoExecute"}


def tolerating(name: str, seconds: int | None) -> dict[str, Any]:
    toleration = {"key": TAINT["key"], "value": TAINT["value"], "effect": "NoExecute"}
    found = pod(name, tolerations=[toleration | ({} if seconds is None else {"tolerationSeconds": seconds})])
    found["spec"]["nodeName"] = "node-0"
    return found


def taint(space: Space, *taints: dict[str, str]) -> None:
    space.client.patch("Node", "node-0", {"spec": {"taints": list(taints) or None}})
    space.cluster.settle()


@conformance("Pod Eviction, Toleration limits")
def test_taints_evict_after_the_tolerated_time(space: Space) -> None:
    space.create(tolerating("short", 5))
    space.create(tolerating("long", 600))
    taint(space, TAINT)
    space.wait(3)
    assert not any("deletionTimestamp" in each["metadata"] for each in space.list("Pod"))
    space.wait(40)
    assert space.names("Pod") == ["long"]
    taint(space)


@conformance("Taint, Pod Eviction on taint removal")
def test_a_taint_that_goes_in_time_evicts_nobody(space: Space) -> None:
    space.create(tolerating("p", 60))
    taint(space, TAINT)
    space.wait(20)
    taint(space)
    space.wait(120)
    assert space.names("Pod") == ["p"]
    assert "deletionTimestamp" not in space.get("Pod", "p")["metadata"]


def resized(**containers: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name, "resources": each} for name, each in containers.items()]}}


def test_resources_are_changed_through_their_own_path(space: Space) -> None:
    burst = {"requests": {"cpu": "2m", "memory": "20Mi"}, "limits": {"cpu": "10m", "memory": "40Mi"}}
    names = [f"c{number}" for number in range(6)]
    containers = [{"name": name, "image": "nginx", "resources": burst if name != "c5" else {}} for name in names]
    space.create(pod(containers=containers))
    target = f"{space.path('pods', 'p')}/resize"
    changes = {
        "c0": {"requests": {"cpu": "1m"}}, "c1": {"limits": {"cpu": "20m", "memory": "50Mi"}},
        "c2": {"requests": {"memory": "30Mi"}}, "c5": {"requests": {"cpu": "5m"}},
    }
    space.api.expect(200, "PATCH", target, resized(**changes), kind=STRATEGIC)
    space.cluster.settle()
    found = space.api.expect(200, "GET", target)
    assert found == space.api.expect(200, "GET", space.path("pods", "p"))
    wanted = {each["name"]: each["resources"] for each in found["spec"]["containers"]}
    assert wanted["c0"]["requests"] == {"cpu": "1m", "memory": "20Mi"}
    assert wanted["c5"] == {"requests": {"cpu": "5m"}}
    assert {each["restartCount"] for each in found["status"]["containerStatuses"]} == {0}
    found["spec"]["containers"][1]["resources"]["limits"]["cpu"] = "30m"
    space.api.expect(200, "PUT", target, found)
    space.cluster.settle()
    found = space.get("Pod", "p")
    assert found["spec"]["containers"][1]["resources"]["limits"]["cpu"] == "30m"




@conformance("Sysctls, reject invalid sysctls")
def test_sysctls_have_proper_names(api: Api) -> None:
    names = ("foo-", "kernel.shmmax", "safe-and-unsafe", "bar..")
    body = pod("tuned", securityContext={"sysctls": [{"name": name, "value": "100"} for name in names]})
    refused = api.expect(422, "POST", f"/api/v1/namespaces/{NAMESPACE}/pods", body)
    for name in ("foo-", "bar.."):
        assert f'Invalid value: "{name}"' in refused["message"]
    assert "kernel.shmmax" not in refused["message"]


@conformance("CSIInlineVolumes should support Pods with inline volumes")
def test_pods_with_inline_volumes(api: Api) -> None:
    driver = {"metadata": {"name": "inline-driver.example.com"}, "spec": {"volumeLifecycleModes": ["Ephemeral"]}}
    api.expect(201, "POST", "/apis/storage.k8s.io/v1/csidrivers", driver)
    volume = {"name": "v", "csi": {"driver": "inline-driver.example.com", "volumeAttributes": {"a": "b"}}}
    target = f"/api/v1/namespaces/{NAMESPACE}/pods"
    made = api.expect(201, "POST", target, pod("inline", {"csi": "inline"}, volumes=[volume]))
    assert made["spec"]["volumes"][0]["csi"] == volume["csi"]
    assert api.expect(200, "GET", f"{target}/inline")["spec"]["volumes"][0]["csi"] == volume["csi"]
    assert len(api.expect(200, "GET", target, labelSelector="csi=inline")["items"]) == 1
    patched = api.expect(200, "PATCH", f"{target}/inline", {"metadata": {"labels": {"a": "b"}}}, kind=MERGE)
    assert patched["metadata"]["labels"]["a"] == "b"
    api.expect(200, "DELETE", f"{target}/inline")
    api.expect(404, "GET", f"{target}/inline")


LINE = "container is alive\n"


@pytest.mark.parametrize(("protocol", "sent"), [
    pytest.param("binary.k8s.io", LINE.encode(), id="binary"),
    pytest.param("base64.binary.k8s.io", base64.b64encode(LINE.encode()).decode(), id="base64"),
])
def test_logs_over_a_websocket(space: Space, protocol: str, sent: bytes | str) -> None:
    body = pod("logging")
    body["metadata"]["annotations"] = {"simulated.kubewheel.dev/log": LINE.strip()}
    space.create(body)
    access = space.cluster.access
    url = access.url.replace("https", "wss") + f"{space.path('pods', 'logging')}/log?container=c"
    socket = websocket.create_connection(
        url, subprotocols=[protocol], header=[f"Authorization: Bearer {access.token}"],
        sslopt={"ca_certs": str(access.authority)}, timeout=5,
    )
    assert socket.subprotocol == protocol
    told = [socket.recv(), socket.recv()]
    assert [each for each in told if each] == [sent]
    socket.close()
