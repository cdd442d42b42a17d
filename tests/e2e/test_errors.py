"""Bad input gets what upstream gives: code, reason, field path, event or waiting reason."""

import json
import re
import ssl
import urllib.error
import urllib.request
from typing import Any

import yaml

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually


class Raw:
    """HTTPS requests with the administrator's certificate, beneath any client library."""

    def __init__(self, cluster: Cluster) -> None:
        config = yaml.safe_load((cluster.data_dir / "kubeconfig").read_text())
        self.server = config["clusters"][0]["cluster"]["server"]
        pki = cluster.data_dir / "pki"
        self._context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._context.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
        """Return the code and the JSON body of the answer."""
        request = urllib.request.Request(self.server + path, data=body or None, method=method)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


def test_an_invalid_field_is_named(cluster: Cluster):
    unknown = cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dta: {}}", check=False)
    assert unknown.code == 1
    assert 'unknown field "dta"' in unknown.err

    code, status = Raw(cluster).send(
        "POST", f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments",
        json.dumps({"metadata": {"name": "d"}, "spec": {
            "template": {"spec": {"containers": [{"name": "A_"}]}}}}).encode(),
    )
    assert (code, status["reason"]) == (422, "Invalid")
    fields = {cause["field"] for cause in status["details"]["causes"]}
    container = "spec.template.spec.containers[0]"
    assert {"spec.selector", f"{container}.name", f"{container}.image"} <= fields
    assert 'Deployment.apps "d" is invalid:' in status["message"]
    assert "spec.selector: Required value" in status["message"]


def test_a_name_that_exists(cluster: Cluster):
    cluster.kubectl("create", "configmap", "twice")
    again = cluster.kubectl("create", "configmap", "twice", check=False)
    assert 'error: failed to create configmap: configmaps "twice" already exists' in again.err


def test_a_stale_resource_version(cluster: Cluster):
    cluster.kubectl("create", "configmap", "raced")
    stale = cluster.get("configmap", "raced")
    cluster.kubectl("label", "configmap", "raced", "moved=on")
    refused = cluster.kubectl("replace", "-f", "-", stdin=json.dumps(stale), check=False)
    assert 'Operation cannot be fulfilled on configmaps "raced": the object has been modified' in refused.err
    assert cluster.get("configmap", "raced")["metadata"]["labels"] == {"moved": "on"}


def test_a_body_that_is_no_json(cluster: Cluster):
    code, status = Raw(cluster).send("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps", b"{nope")
    assert (code, status["kind"], status["reason"]) == (400, "Status", "BadRequest")


def test_a_body_of_the_wrong_type(cluster: Cluster):
    body = json.dumps({"metadata": {"name": "x"}, "spec": {"replicas": "three"}}).encode()
    code, status = Raw(cluster).send("POST", f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments", body)
    assert (code, status["reason"]) == (400, "BadRequest")
    assert "cannot unmarshal string into Go struct field" in status["message"]


def test_an_object_that_is_too_large(cluster: Cluster):
    body = json.dumps({"metadata": {"name": "big"}, "data": {"x": "y" * 4_000_000}}).encode()
    code, status = Raw(cluster).send("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps", body)
    assert (code, status["reason"]) == (413, "RequestEntityTooLarge")
    refused = cluster.kubectl("create", "-f", "-", check=False, stdin=json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "big"}, "data": {"x": "y" * 1_200_000}}))
    assert "Too long: may not be more than 1048576 bytes" in refused.err


def test_unknown_media_types(cluster: Cluster):
    raw = Raw(cluster)
    path = f"/api/v1/namespaces/{cluster.namespace}/configmaps"
    assert raw.send("POST", path, b"<a/>", Content_Type="text/xml")[0] == 415
    assert raw.send("GET", path, Accept="text/xml")[0] == 406


def test_a_pod_that_fits_nowhere(cluster: Cluster):
    cluster.kubectl("run", "huge", "--image=busybox", "--overrides", json.dumps({"spec": {"containers": [
        {"name": "huge", "image": "busybox", "resources": {"requests": {"cpu": "1000"}}}]}}))
    described = eventually(
        lambda: re.search(r"Warning +FailedScheduling .*", cluster.kubectl("describe", "pod", "huge").out),
        "no FailedScheduling",
    )
    assert "0/1 nodes are available: 1 Insufficient cpu." in described[0]
    condition = cluster.get("pod", "huge")["status"]["conditions"][0]
    assert (condition["type"], condition["status"], condition["reason"]) == ("PodScheduled", "False", "Unschedulable")


def test_a_bad_image_name(cluster: Cluster):
    cluster.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: bad}, spec: {containers: [{name: bad, image: 'Bad:Image:Name'}]}}"
    )
    eventually(lambda: "InvalidImageName" in cluster.kubectl("get", "pod", "bad").out, "no InvalidImageName")


def test_a_missing_program(cluster: Cluster):
    cluster.kubectl("run", "typo", "--image=busybox", "--restart=Never", "--", "no-such-program")
    eventually(lambda: re.search(r"StartError|ContainerCannotRun|RunContainerError",
                                 cluster.kubectl("get", "pod", "typo").out), "no start error")


def test_a_missing_namespace_and_a_missing_object(cluster: Cluster):
    absent = cluster.kubectl("create", "configmap", "x", "-n", "nowhere", check=False)
    assert 'namespaces "nowhere" not found' in absent.err
    ghost = cluster.kubectl("get", "pod", "ghost", check=False)
    assert 'Error from server (NotFound): pods "ghost" not found' in ghost.err


def test_who_may_not(cluster: Cluster):
    denied = cluster.kubectl("get", "secrets", "--as=mallory", check=False)
    assert (f'Error from server (Forbidden): secrets is forbidden: User "mallory" cannot list resource "secrets" '
            f'in API group "" in the namespace "{cluster.namespace}"') in denied.err
    assert cluster.kubectl("auth", "can-i", "list", "secrets", "--as=mallory", check=False).out == "no\n"
    assert cluster.kubectl("auth", "can-i", "*", "*").out == "yes\n"
    who = cluster.kubectl("auth", "whoami", "-o", "json").out
    assert json.loads(who)["status"]["userInfo"]["groups"] == ["system:masters", "system:authenticated"]


def test_anonymous_and_wrong_credentials(cluster: Cluster):
    server = Raw(cluster).server
    context = ssl.create_default_context(cafile=str(cluster.data_dir / "pki" / "ca.crt"))

    def code(path: str, **headers: str) -> int:
        try:
            request = urllib.request.Request(server + path, headers=headers)
            with urllib.request.urlopen(request, context=context) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert code("/api/v1/pods") == 403
    assert code("/api/v1/pods", Authorization="Bearer wrong") == 401
    assert code("/healthz") == 200
    assert code("/version") == 200
