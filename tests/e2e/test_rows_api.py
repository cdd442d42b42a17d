"""Rows of the API that the scenarios do not pass through: ways to apply, selectors, watches, proxies, owners."""

import base64
import http.client
import json
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually, free_port

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: Yg==}\n"


@pytest.fixture
def request_to(cluster: Cluster) -> Iterator[http.client.HTTPSConnection]:
    """A connection with the administrator's certificate."""
    pki = cluster.data_dir / "pki"
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    config = yaml.safe_load((cluster.data_dir / "kubeconfig").read_text())
    parts = urlsplit(config["clusters"][0]["cluster"]["server"])
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=20)
    yield connection
    connection.close()


def test_folders_pipes_and_substitutions_apply(cluster: Cluster, tmp_path: Path):
    (tmp_path / "below").mkdir()
    (tmp_path / "a.yaml").write_text(SECRET)
    (tmp_path / "below" / "b.yaml").write_text(SECRET.replace("name: s", "name: t"))
    first = cluster.kubectl("apply", "-R", "-f", str(tmp_path)).out
    assert first == "secret/s created\nsecret/t created\n"
    assert cluster.kubectl("apply", "-R", "-f", str(tmp_path)).out == "secret/s unchanged\nsecret/t unchanged\n"
    command = " ".join(cluster.kubectl_command("apply", "-f", f"<(cat {tmp_path / 'a.yaml'})"))
    done = subprocess.run(["bash", "-c", command], env=cluster.env, capture_output=True, text=True, timeout=60)
    assert done.stdout == "secret/s unchanged\n"
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\nnamePrefix: dev-\n")
    assert cluster.kubectl("apply", "-k", str(tmp_path)).out == "secret/dev-s created\n"


def test_ways_to_name_one_object(cluster: Cluster):
    cluster.apply(SECRET)
    ways = ("secrets/s", "secret/s", "secret s", "secrets.v1. s")
    found = {cluster.kubectl("get", *way.split(), "-o", "jsonpath={.metadata.uid}").out for way in ways}
    assert len(found) == 1
    assert base64.b64decode(cluster.kubectl("get", "secret", "s", "-o", "jsonpath={.data.a}").out) == b"b"


@pytest.mark.parametrize(("selector", "expected"), [
    pytest.param("env in (dev,qa)", {"dev", "qa"}, id="in"),
    pytest.param("env notin (dev),env", {"qa", "prod"}, id="notin"),
    pytest.param("env!=dev,env", {"qa", "prod"}, id="unequal"),
    pytest.param("env=prod", {"prod"}, id="equal"),
])
def test_selectors(cluster: Cluster, selector: str, expected: set[str]):
    for name in ("dev", "qa", "prod"):
        cluster.apply(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, labels: {{env: {name}}}}}\n")
    assert set(cluster.names("secrets", "-l", selector)) == expected


def test_a_label_is_not_replaced_unasked(cluster: Cluster):
    cluster.apply(SECRET)
    cluster.kubectl("label", "secret", "s", "hardware=a")
    refused = cluster.kubectl("label", "secret", "s", "hardware=b", check=False)
    assert "'hardware' already has a value (a), and --overwrite is false" in refused.err
    cluster.kubectl("label", "secret", "s", "hardware=b", "--overwrite")
    assert "hardware=b" in cluster.kubectl("get", "secret", "s", "--show-labels").out


def test_a_watch_ends_in_order_when_its_time_is_over(cluster: Cluster, request_to: http.client.HTTPSConnection):
    version = cluster.get("secrets")["metadata"].get("resourceVersion") or "0"
    cluster.apply(SECRET)
    cluster.kubectl("label", "secret", "s", "a=b")
    cluster.kubectl("delete", "secret", "s")
    path = f"/api/v1/namespaces/{cluster.namespace}/secrets?watch=1&timeoutSeconds=1"
    request_to.request("GET", path if version in ("", "0") else f"{path}&resourceVersion={version}")
    # A stream that breaks off would raise here.
    lines = request_to.getresponse().read().splitlines()
    assert [json.loads(line)["type"] for line in lines][-3:] in (["ADDED", "MODIFIED", "DELETED"], [])


def test_scale_is_a_table_of_its_own(cluster: Cluster):
    cluster.kubectl("create", "deployment", "web", "--image=busybox", "--replicas=0", "--", "sleep", "3600")
    shown = cluster.kubectl("get", "deployment", "web", "--subresource=scale").out.splitlines()
    assert shown[0].split() == ["NAME", "DESIRED", "AVAILABLE", "AGE"]
    refused = cluster.kubectl("scale", "deployment/web", "--current-replicas=5", "--replicas=1", check=False)
    assert refused.err == "error: Expected replicas to be 5, was 0\n"


def test_a_backend_with_tls_through_the_proxy(cluster: Cluster, tmp_path: Path):
    port, key, certificate = free_port(), tmp_path / "key", tmp_path / "crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=x", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True,
    )
    address = next(
        each["address"] for each in cluster.get("nodes")["items"][0]["status"]["addresses"]
        if each["type"] == "InternalIP"
    )
    cluster.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: sec}}
spec: {{ports: [{{port: 443, name: https}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: sec-1, labels: {{kubernetes.io/service-name: sec}}}}
addressType: IPv4
ports: [{{port: {port}, name: https, protocol: TCP}}]
endpoints: [{{addresses: ["{address}"]}}]
""")
    files = ["-cert", str(certificate), "-key", str(key)]
    command = ["openssl", "s_server", "-quiet", "-www", "-accept", str(port), *files]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for name in ("https:sec:", "https:sec:https"):
            path = f"/api/v1/namespaces/{cluster.namespace}/services/{name}/proxy/"
            page = eventually(lambda path=path: cluster.kubectl("get", "--raw", path, check=False).out, "no page")
            assert "<HTML>" in page
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize(("cascade", "kinds_left"), [
    pytest.param("foreground", set(), id="foreground"), pytest.param("orphan", {"replicasets"}, id="orphan"),
])
def test_deletion_of_owners(cluster: Cluster, cascade: str, kinds_left: set[str]):
    cluster.kubectl("create", "deployment", "web", "--image=busybox", "--replicas=0", "--", "sleep", "3600")
    eventually(lambda: cluster.names("replicasets"), "no ReplicaSet")
    cluster.kubectl("delete", "deployment", "web", f"--cascade={cascade}")
    left = cluster.get("replicasets")["items"]
    assert bool(left) is bool(kinds_left)
    assert all(not each["metadata"].get("ownerReferences") for each in left)


def test_dry_runs_store_nothing(cluster: Cluster):
    words = ("create", "secret", "generic", "dry", "--from-literal=a=b")
    printed = yaml.safe_load(cluster.kubectl(*words, "--dry-run=client", "-o", "yaml").out)
    assert printed["data"] == {"a": "Yg=="}
    assert cluster.kubectl(*words, "--dry-run=server", "-o", "jsonpath={.metadata.uid}").out
    assert cluster.names("secrets") == []
