"""scale, binding, eviction, logs and the like."""

import base64
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from kubewheel.libs import tls
from kubewheel.libs.wire import Object, Request, Response
from tests.component.apiserver.conftest import PODS, Cluster, content, pod

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
NODE = {"target": {"kind": "Node", "name": "n1"}}
SERVICES = "/api/v1/namespaces/default/services"


def deployment(replicas: int = 2) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    return {
        "metadata": {"name": "d"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    }


async def test_scale(cluster: Cluster) -> None:
    await cluster.create(DEPLOYMENTS, deployment())
    scale = await cluster.get(f"{DEPLOYMENTS}/d/scale")
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"]["selector"] == "a=b"
    scale["spec"]["replicas"] = 5
    assert content(await cluster.ask("PUT", f"{DEPLOYMENTS}/d/scale", scale))["spec"]["replicas"] == 5
    assert (await cluster.ask("PUT", f"{DEPLOYMENTS}/d/scale", scale)).status == 409
    assert (await cluster.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 1}})).status == 200
    found = await cluster.get(f"{DEPLOYMENTS}/d")
    assert (found["spec"]["replicas"], found["metadata"]["generation"]) == (1, 3)
    assert (await cluster.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": -1}})).status == 422


async def test_binding(cluster: Cluster) -> None:
    await cluster.create(PODS, pod())
    body = {"metadata": {"name": "p", "annotations": {"x": "y"}}, **NODE}
    assert content(await cluster.ask("POST", f"{PODS}/p/binding", body))["status"] == "Success"
    bound = await cluster.get(f"{PODS}/p")
    assert bound["spec"]["nodeName"] == "n1"
    assert bound["metadata"]["annotations"]["x"] == "y"
    condition = next(each for each in bound["status"]["conditions"] if each["type"] == "PodScheduled")
    assert condition["status"] == "True"
    again = await cluster.ask("POST", f"{PODS}/p/binding", body)
    assert again.status == 409
    assert content(again)["message"] == (
        'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"'
    )
    assert (await cluster.ask("POST", f"{PODS}/q/binding", {"metadata": {"name": "q"}, **NODE})).status == 404
    assert (await cluster.ask("POST", f"{PODS}/p/binding", {"metadata": {"name": "p"}})).status == 422


async def test_bindings_of_old(cluster: Cluster) -> None:
    await cluster.create(PODS, pod())
    response = await cluster.ask("POST", "/api/v1/namespaces/default/bindings", {"metadata": {"name": "p"}, **NODE})
    assert response.status == 201
    assert (await cluster.get(f"{PODS}/p"))["spec"]["nodeName"] == "n1"


LABELLED = {"matchLabels": {"a": "b"}}


async def running_pod(cluster: Cluster) -> None:
    body = pod(nodeName="n1")
    body["metadata"]["labels"] = {"a": "b"}
    await cluster.create(PODS, body)
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    await cluster.patch(f"{PODS}/p/status", {"status": ready})


async def budget(cluster: Cluster, allowed: int, selector: Any = LABELLED) -> None:
    spec = {"minAvailable": 1, **({"selector": selector} if selector is not None else {})}
    await cluster.create(BUDGETS, {"metadata": {"name": "b"}, "spec": spec})
    status = {
        "observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": 1, "desiredHealthy": 1,
        "expectedPods": 1,
    }
    assert (await cluster.patch(f"{BUDGETS}/b/status", {"status": status})).status == 200


EVICTION = {"metadata": {"name": "p"}, "deleteOptions": {"gracePeriodSeconds": 0}}


async def test_eviction(cluster: Cluster) -> None:
    await running_pod(cluster)
    assert (await cluster.ask("POST", f"{PODS}/p/eviction", {"metadata": {"name": "x"}})).status == 400
    assert (await cluster.ask("POST", f"{PODS}/p/eviction", EVICTION)).status == 201
    assert (await cluster.ask("GET", f"{PODS}/p")).status == 404


async def test_eviction_against_the_budget(cluster: Cluster) -> None:
    await running_pod(cluster)
    await budget(cluster, 0)
    refused = await cluster.ask("POST", f"{PODS}/p/eviction", EVICTION)
    assert refused.status == 429
    assert content(refused)["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    assert content(refused)["details"]["causes"] == [{
        "reason": "DisruptionBudget", "message": "The disruption budget b needs 1 healthy pods and has 1 currently",
    }]
    assert (await cluster.ask("GET", f"{PODS}/p")).status == 200


async def test_eviction_within_the_budget(cluster: Cluster) -> None:
    await running_pod(cluster)
    await budget(cluster, 1)
    assert (await cluster.ask("POST", f"{PODS}/p/eviction", EVICTION, dryRun="All")).status == 201
    assert (await cluster.get(f"{BUDGETS}/b"))["status"]["disruptionsAllowed"] == 1
    assert (await cluster.ask("POST", f"{PODS}/p/eviction", EVICTION)).status == 201
    status = (await cluster.get(f"{BUDGETS}/b"))["status"]
    assert status["disruptionsAllowed"] == 0
    assert list(status["disruptedPods"]) == ["p"]


@pytest.mark.parametrize(("selector", "status"), [
    pytest.param({}, 429, id="empty"), pytest.param({"matchLabels": {"a": "c"}}, 201, id="other"),
    pytest.param(None, 201, id="none"),
])
async def test_which_pods_a_budget_is_about(cluster: Cluster, selector: Any, status: int) -> None:
    await running_pod(cluster)
    await budget(cluster, 0, selector)
    assert (await cluster.ask("POST", f"{PODS}/p/eviction", EVICTION)).status == status


class Kubelet:
    """Answers as a node would, and remembers what it was asked."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.asked: list[tuple[str, Request]] = []

    async def send(self, node: Object, request: Request) -> Response:
        self.asked.append((node["metadata"]["name"], request))
        return self.response


async def test_log(cluster: Cluster) -> None:
    kubelet = cluster.server.backend.nodes = Kubelet(Response(200, body=b"hello\n"))
    await cluster.create("/api/v1/nodes", {"metadata": {"name": "n1"}})
    await cluster.create(PODS, pod(nodeName="n1"))
    response = await cluster.ask("GET", f"{PODS}/p/log", tailLines="5", follow="true")
    assert response.body == b"hello\n"
    assert response.headers["Content-Type"] == "text/plain"
    node, request = kubelet.asked[0]
    assert (node, request.path) == ("n1", "/containerLogs/default/p/c")
    assert request.query == {"follow": ["true"], "tailLines": ["5"]}


async def test_log_refused_by_the_node(cluster: Cluster) -> None:
    text = b'container "c" in pod "p" is waiting to start: ContainerCreating'
    cluster.server.backend.nodes = Kubelet(Response(400, body=text))
    await cluster.create("/api/v1/nodes", {"metadata": {"name": "n1"}})
    await cluster.create(PODS, pod(nodeName="n1"))
    response = await cluster.ask("GET", f"{PODS}/p/log")
    assert response.status == 400
    assert content(response)["message"] == text.decode()
    assert content(response)["reason"] == "BadRequest"


@pytest.mark.parametrize(("query", "status", "message"), [
    pytest.param("container=x", 400, "container x is not valid for pod p", id="container"),
    pytest.param("tailLines=-1", 422, "must be greater than or equal to 0", id="tail"),
    pytest.param("sinceSeconds=0", 422, "must be greater than 0", id="since"),
    pytest.param("sinceSeconds=1&sinceTime=x", 422, "at most one of", id="both"),
])
async def test_log_options_refused(cluster: Cluster, query: str, status: int, message: str) -> None:
    await cluster.create(PODS, pod())
    response = await cluster.ask("GET", f"{PODS}/p/log?{query}")
    assert response.status == status
    assert message in content(response)["message"]


async def test_container_must_be_named_if_there_are_several(cluster: Cluster) -> None:
    body = pod()
    body["spec"]["containers"].append({"name": "d", "image": "i"})
    await cluster.create(PODS, body)
    message = content(await cluster.ask("GET", f"{PODS}/p/log"))["message"]
    assert message == "a container name must be specified for pod p, choose one of: [c d]"


async def test_exec_needs_an_upgrade_and_a_node(cluster: Cluster) -> None:
    await cluster.create(PODS, pod())
    unscheduled = await cluster.ask("POST", f"{PODS}/p/exec", command="ls")
    assert content(unscheduled)["message"] == "pod p does not have a host assigned"
    await cluster.create("/api/v1/nodes", {"metadata": {"name": "n1"}})
    await cluster.create(PODS, pod("q", nodeName="n1"))
    plain = await cluster.ask("POST", f"{PODS}/q/exec", command="ls")
    assert content(plain)["message"] == "Upgrade request required"


RESIZE = "strategic-merge-patch"


@pytest.mark.parametrize(("resources", "message"), [
    pytest.param({"requests": {"cpu": "200m"}}, "", id="more"),
    pytest.param({"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}}, "", id="limit"),
    pytest.param(
        {"requests": {"cpu": None, "memory": None}},
        'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing', id="class",
    ),
    pytest.param(
        {"requests": {"memory": None}},
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed", id="removed",
    ),
    pytest.param(
        {"requests": {"ephemeral-storage": "1Gi"}}, "spec: Forbidden: only cpu and memory resources are mutable",
        id="other",
    ),
])
async def test_resize(cluster: Cluster, resources: dict[str, object], message: str) -> None:
    container = {"name": "c", "image": "i", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    await cluster.create(PODS, pod(containers=[container]))
    wanted = {"spec": {"containers": [{"name": "c", "image": "other", "resources": resources}]}}
    response = await cluster.patch(f"{PODS}/p/resize", wanted, RESIZE)
    if message:
        assert response.status == 422
        assert message in content(response)["message"]
        return
    resized = content(response)["spec"]["containers"][0]
    assert (resized["image"], resized["resources"]["requests"]["memory"]) == ("i", "64Mi")
    assert resized["resources"]["requests"]["cpu"] == resources["requests"]["cpu"]  # type: ignore[index]
    assert content(response)["metadata"]["generation"] == 2


async def test_ephemeral_containers(cluster: Cluster) -> None:
    await cluster.create(PODS, pod())
    added = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "i"}], "nodeName": "x"}}
    response = await cluster.patch(f"{PODS}/p/ephemeralcontainers", added, "strategic-merge-patch")
    assert response.status == 200, content(response)
    spec = content(response)["spec"]
    assert spec["ephemeralContainers"][0]["name"] == "debug"
    assert "nodeName" not in spec
    removed = await cluster.patch(f"{PODS}/p/ephemeralcontainers", {"spec": {"ephemeralContainers": []}})
    assert removed.status == 422


async def test_approval_of_a_certificate(cluster: Cluster) -> None:



    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bob")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(tls.make_key(), hashes.SHA256())
    pem = base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()
    path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    spec = {"request": pem, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}
    made = await cluster.create(path, {"metadata": {"name": "c"}, "spec": spec})
    made["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "Ok", "message": ""}]}
    approved = content(await cluster.ask("PUT", f"{path}/c/approval", made))
    assert approved["status"]["conditions"][0]["lastUpdateTime"] == "2027-01-15T08:00:00Z"


def service(name: str = "s", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}, **spec}}


async def test_service_gets_an_address(cluster: Cluster) -> None:
    made = await cluster.create(SERVICES, service())
    address = made["spec"]["clusterIP"]
    assert address.startswith("10.96.")
    assert made["spec"]["clusterIPs"] == [address]
    assert (made["spec"]["ipFamilies"], made["spec"]["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")
    held = await cluster.get(f"/apis/networking.k8s.io/v1/ipaddresses/{address}")
    assert held["spec"]["parentRef"]["name"] == "s"
    taken = await cluster.ask("POST", SERVICES, service("t", clusterIP=address))
    assert content(taken)["message"] == (
        f'Service "t" is invalid: spec.clusterIPs: Invalid value: ["{address}"]: '
        f"failed to allocate IP {address}: provided IP is already allocated"
    )
    await cluster.ask("DELETE", f"{SERVICES}/s")
    assert (await cluster.create(SERVICES, service("t", clusterIP=address)))["spec"]["clusterIP"] == address


async def test_service_address_out_of_range(cluster: Cluster) -> None:
    response = await cluster.ask("POST", SERVICES, service(clusterIP="1.2.3.4"))
    assert "failed to allocate IP 1.2.3.4: the provided network does not match the current range" in (
        content(response)["message"]
    )


async def test_node_ports(cluster: Cluster) -> None:
    made = await cluster.create(SERVICES, service(type="NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    assert 30086 <= port <= 32767
    ports = [{"port": 80, "nodePort": port}]
    taken = await cluster.ask("POST", SERVICES, service("t", type="NodePort", ports=ports))
    assert content(taken)["message"] == (
        f'Service "t" is invalid: spec.ports[0].nodePort: Invalid value: {port}: provided port is already allocated'
    )
    outside = await cluster.ask("POST", SERVICES, service("t", type="NodePort", ports=[{"port": 80, "nodePort": 80}]))
    assert content(outside)["message"].endswith(
        "provided port is not in the valid range. The range of valid ports is 30000-32767"
    )
    held = [entry.key.name for entry in cluster.server.backend.store.list("ipaddresses.networking.k8s.io").entries]
    assert len(held) == 2  # Of `kubernetes` and `s`: the refused ones gave theirs back.
    await cluster.ask("DELETE", f"{SERVICES}/s")
    assert (await cluster.create(SERVICES, service("t", type="NodePort", ports=ports)))


async def test_service_changes_type(cluster: Cluster) -> None:
    made = await cluster.create(SERVICES, service(type="NodePort"))
    port, address = made["spec"]["ports"][0]["nodePort"], made["spec"]["clusterIP"]
    changed = content(await cluster.patch(f"{SERVICES}/s", {"spec": {"type": "ClusterIP"}}, "strategic-merge-patch"))
    assert "nodePort" not in changed["spec"]["ports"][0]
    assert changed["spec"]["clusterIP"] == address
    ports = [{"port": 80, "nodePort": port}]
    await cluster.create(SERVICES, service("t", type="NodePort", ports=ports))


async def test_headless_services(cluster: Cluster) -> None:
    made = await cluster.create(SERVICES, service(clusterIP="None"))
    assert made["spec"]["clusterIPs"] == ["None"]
    bare = await cluster.create(SERVICES, {"metadata": {"name": "bare"}, "spec": {"clusterIP": "None"}})
    assert bare["spec"]["ipFamilyPolicy"] == "RequireDualStack"


async def test_tcp_and_udp_share_a_node_port(cluster: Cluster) -> None:
    ports = [{"name": "t", "port": 53, "protocol": "TCP"}, {"name": "u", "port": 53, "protocol": "UDP"}]
    made = await cluster.create(SERVICES, service(type="NodePort", ports=ports))
    assert made["spec"]["ports"][0]["nodePort"] == made["spec"]["ports"][1]["nodePort"]


async def test_protobuf_body(cluster: Cluster) -> None:
    meta = b"\x0a\x02v1\x12\x09ConfigMap"
    name = b"\x0a\x02pb"
    data = b"\x0a\x01k\x12\x01v"
    message = b"\x0a" + bytes([len(name)]) + name + b"\x12" + bytes([len(data)]) + data
    body = b"k8s\x00\x0a" + bytes([len(meta)]) + meta + b"\x12" + bytes([len(message)]) + message
    response = await cluster.ask(
        "POST", "/api/v1/namespaces/default/configmaps", body,
        headers={"content-type": "application/vnd.kubernetes.protobuf"},
    )
    assert response.status == 201
    assert content(response)["data"] == {"k": "v"}
    broken = await cluster.ask(
        "POST", "/api/v1/namespaces/default/configmaps", b"nonsense",
        headers={"content-type": "application/vnd.kubernetes.protobuf"},
    )
    assert broken.status == 400


async def test_documents(cluster: Cluster) -> None:
    assert orjson.loads((await cluster.ask("GET", "/version")).encoded or b"")["gitVersion"] == "v1.37.1"
    assert b"[+]ping ok" in ((await cluster.ask("GET", "/readyz?verbose=true")).body or b"")
    metrics = (await cluster.ask("GET", "/metrics")).body or b""
    assert b'apiserver_request_total{verb="POST",group="",version="v1",resource="serviceaccounts"' in metrics
    groups = orjson.loads((await cluster.ask("GET", "/apis")).body or b"")
    assert "apps" in [group["name"] for group in groups["groups"]]
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    aggregated = orjson.loads((await cluster.ask("GET", "/apis", headers={"accept": accept})).body or b"")
    assert aggregated["kind"] == "APIGroupDiscoveryList"
    index = orjson.loads((await cluster.ask("GET", "/openapi/v3")).body or b"")
    path = index["paths"]["api/v1"]["serverRelativeURL"]
    assert (await cluster.ask("GET", path)).headers["Cache-Control"] == "public, immutable"


async def test_resize_renames_nothing(cluster: Cluster) -> None:
    needs = {"requests": {"cpu": "1"}}
    made = {"metadata": {"name": "two"}, "spec": {"containers": [
        {"name": name, "image": "i", "resources": needs} for name in ("a", "b")]}}
    await cluster.create(PODS, made)
    told = []
    for names in (("b", "a"), ("a", "c"), ("a", "b", "c")):
        listed = [{"name": name, "image": "i", "resources": {"requests": {"cpu": "2"}}} for name in names]
        body = {**made, "spec": {**made["spec"], "containers": listed}}
        response = await cluster.ask("PUT", f"{PODS}/two/resize", body)
        told.append((response.status, content(response)["message"]))
    assert [status for status, _ in told] == [422] * 3
    renamed = "spec.containers[{}].name: Forbidden: containers may not be renamed or reordered on resize"
    assert all(renamed.format(index) in told[0][1] for index in range(2))
    assert renamed.format(1) in told[1][1]
    assert "spec.containers: Forbidden: containers may not be added or removed on resize" in told[2][1]
    ordered = {"spec": {"containers": [{"name": name, "resources": {"requests": {"cpu": "2"}}} for name in ("b", "a")]}}
    response = await cluster.patch(f"{PODS}/two/resize", ordered, RESIZE)
    assert (response.status, renamed.format(0) in content(response)["message"]) == (422, True)
