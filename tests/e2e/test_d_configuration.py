"""Scenarios D: Secrets and ConfigMaps."""

import base64
import json
import re
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.support import images
from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually

POD = "nodehelloworld.example.com"
PROPERTIES = "driver=jdbc\ndatabase=postgres\nlookandfeel=1\notherparams=xyz\nparam.with.hierarchy=xyz\n"
PROXY_CONF = """server {
    listen       80;
    server_name  localhost;
    location / { proxy_pass http://localhost:3000; }
}
"""


@pytest.fixture(scope="module")
def nginx(images_registry: str) -> str:
    """An nginx:1.11 in the registry: the nginx of this machine's distribution in an image, or a reason to skip."""
    image = images.nginx("library/nginx:1.11")
    images.push(image, images_registry, "library/nginx:1.11")
    return image.labels["version"]


def test_d1_secrets_by_command_and_file(cluster: Cluster, manifests: Path, tmp_path: Path):
    (tmp_path / "username.txt").write_text("root")
    (tmp_path / "password.txt").write_text("password")
    created = cluster.kubectl("create", "secret", "generic", "db-user-pass", f"--from-file={tmp_path}/username.txt",
                              f"--from-file={tmp_path}/password.txt")
    assert created.out == "secret/db-user-pass created\n"
    data = cluster.get("secret", "db-user-pass")["data"]
    assert {name: base64.b64decode(value) for name, value in data.items()} == {
        "username.txt": b"root", "password.txt": b"password"}

    cluster.kubectl("create", "-f", str(manifests / "secret-db.yaml"))
    refused = cluster.kubectl("apply", "-f", str(manifests / "secret-db.as-written.yaml"), check=False)
    assert refused.code == 1
    assert "illegal base64 data" in refused.err
    cluster.kubectl("create", "-f", str(manifests / "secret-wordpress.yaml"))

    cluster.kubectl("create", "-f", str(manifests / "pod-secret-env.yaml"))
    cluster.wait_running(POD)
    assert cluster.kubectl("exec", POD, "--", "printenv", "SECRET_USERNAME").out == "root\n"
    cluster.kubectl("delete", "pod", POD, timeout=60)

    cluster.kubectl("create", "-f", str(manifests / "pod-secret-volume.yaml"))
    cluster.wait_running(POD)
    listed = cluster.kubectl("exec", POD, "--", "ls", "-l", "/etc/creds").out
    assert "password" in listed
    assert "username" in listed
    touched = cluster.kubectl("exec", POD, "--", "touch", "/etc/creds/x", check=False)
    assert touched.code == 1
    assert "Read-only file system" in touched.err


def test_d2_config_maps_as_volumes(cluster: Cluster, manifests: Path, tmp_path: Path):
    (tmp_path / "app.properties").write_text(PROPERTIES)
    cluster.kubectl("create", "-f", str(manifests / "secret-db.yaml"))
    cluster.kubectl("create", "configmap", "app-config", f"--from-file={tmp_path}/app.properties")
    assert list(cluster.get("configmap", "app-config")["data"]) == ["app.properties"]
    cluster.kubectl("create", "-f", str(manifests / "pod-configmap-volume.yaml"))
    cluster.wait_running(POD)
    assert cluster.kubectl("exec", POD, "--", "cat", "/etc/config/app.properties").out == PROPERTIES

    changed = json.dumps({"data": {"app.properties": "driver=odbc\n"}})
    cluster.kubectl("patch", "configmap", "app-config", "--type=merge", "-p", changed)
    eventually(
        lambda: cluster.kubectl("exec", POD, "--", "cat", "/etc/config/app.properties").out == "driver=odbc\n",
        "the mounted file does not follow", 90,
    )


def test_d2_a_missing_key_is_named(cluster: Cluster, manifests: Path, tmp_path: Path):
    path = tmp_path / "app.properties"
    path.write_text(PROPERTIES)
    cluster.kubectl("create", "configmap", "app-config", f"--from-file={path}")
    cluster.kubectl("create", "-f", str(manifests / "pod-configmap-env.yaml"))
    eventually(lambda: "CreateContainerConfigError" in cluster.kubectl("get", "pod", POD).out, "no config error")
    message = cluster.get("pod", POD)["status"]["containerStatuses"][0]["state"]["waiting"]["message"]
    assert f"couldn't find key driver in ConfigMap {cluster.namespace}/app-config" in message

    cluster.kubectl("delete", "configmap", "app-config")
    cluster.kubectl("create", "configmap", "app-config", f"--from-env-file={path}")
    cluster.wait_running(POD)
    assert "DRIVER=jdbc\n" in cluster.kubectl("exec", POD, "--", "env").out


def test_d2_two_containers_behind_one_config(cluster: Cluster, manifests: Path, tmp_path: Path, nginx: str):
    (tmp_path / "reverseproxy.conf").write_text(PROXY_CONF)
    cluster.kubectl("create", "configmap", "nginx-config", f"--from-file={tmp_path}/reverseproxy.conf")
    cluster.kubectl("create", "-f", str(manifests / "pod-nginx-configmap.yaml"))
    pod = "hellonginx.example.com"
    cluster.wait_running(pod)
    assert re.search(rf"{pod} +2/2 +Running", cluster.kubectl("get", "pod", pod).out)
    cluster.kubectl("expose", "pod", pod, "--port=80", "--name=hellonginx")
    address = cluster.get("service", "hellonginx")["spec"]["clusterIP"]
    server, body = eventually(lambda: _head(f"http://{address}/"), "nginx does not answer")
    assert server == f"nginx/{nginx}"
    assert "Hello World" in body
    processes = cluster.kubectl("exec", "-i", pod, "-c", "nginx", "--", "bash", "-c", "ps | grep -v ps").out
    assert "nginx" in processes
    assert "httpd" not in processes
    shown = cluster.kubectl("exec", pod, "-c", "nginx", "--", "cat", "/etc/nginx/conf.d/reverseproxy.conf").out
    assert shown == PROXY_CONF


def _head(url: str) -> tuple[str, str] | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.headers["Server"]), str(answer.read().decode())
    except OSError:
        return None
