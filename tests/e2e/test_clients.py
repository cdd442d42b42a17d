"""The official Python client: objects, watch, exec; identities of components."""

import ssl
import subprocess
import urllib.request
from pathlib import Path

import jwt
import pytest
from cryptography import x509

from tests.e2e.support.cluster import KUBECTL, Cluster, run
from tests.e2e.support.waiting import eventually

kubernetes = pytest.importorskip("kubernetes", reason="the official client is not installed")


@pytest.fixture
def api(cluster: Cluster):
    """The official client, set up from the kubeconfig."""
    client = kubernetes.config.new_client_from_config(str(cluster.data_dir / "kubeconfig"))
    yield client
    client.close()


@pytest.mark.filterwarnings("default")
def test_objects_and_watch(cluster: Cluster, api):
    core = kubernetes.client.CoreV1Api(api)
    first = core.create_namespaced_config_map(cluster.namespace, {"metadata": {"name": "a"}, "data": {"k": "1"}})
    assert first.metadata.uid

    watcher = kubernetes.watch.Watch()
    events = watcher.stream(
        core.list_namespaced_config_map, cluster.namespace, resource_version=first.metadata.resource_version,
        timeout_seconds=20,
    )
    core.patch_namespaced_config_map("a", cluster.namespace, {"data": {"k": "2"}})
    core.delete_namespaced_config_map("a", cluster.namespace)
    seen = []
    for event in events:
        seen.append((event["type"], event["object"].data.get("k")))
        if len(seen) == 2:
            watcher.stop()
    assert seen == [("MODIFIED", "2"), ("DELETED", "2")]

    with pytest.raises(kubernetes.client.ApiException) as missing:
        core.read_namespaced_config_map("a", cluster.namespace)
    assert missing.value.status == 404


@pytest.mark.filterwarnings("default")
@pytest.mark.conformance("Pods, remote command execution over websocket")
def test_exec_through_the_stream_module(cluster: Cluster, api):
    cluster.kubectl("run", "box", "--image=busybox", "--", "sleep", "3600")
    cluster.wait_running("box")
    core = kubernetes.client.CoreV1Api(api)
    answer = kubernetes.stream.stream(
        core.connect_get_namespaced_pod_exec, "box", cluster.namespace, command=["sh", "-c", "echo out; echo err >&2"],
        stdin=False, stdout=True, stderr=True, tty=False,
    )
    assert sorted(answer.split()) == ["err", "out"]

    session = kubernetes.stream.stream(
        core.connect_get_namespaced_pod_exec, "box", cluster.namespace, command=["sh"], stdin=True, stdout=True,
        stderr=True, tty=False, _preload_content=False,
    )
    session.write_stdin("echo $((6 * 7)); exit 4\n")
    session.run_forever(timeout=20)
    assert session.read_stdout() == "42\n"
    assert session.returncode == 4


@pytest.mark.filterwarnings("default")
def test_roles_limit_the_client(cluster: Cluster, api):
    token = cluster.kubectl("create", "token", "default").out.strip()
    configuration = kubernetes.client.Configuration()
    configuration.host = api.configuration.host
    configuration.ssl_ca_cert = str(cluster.data_dir / "pki" / "ca.crt")
    configuration.api_key = {"authorization": f"Bearer {token}"}
    with kubernetes.client.ApiClient(configuration) as limited:
        core = kubernetes.client.CoreV1Api(limited)
        with pytest.raises(kubernetes.client.ApiException) as refused:
            core.list_namespaced_pod(cluster.namespace)
        assert refused.value.status == 403
        cluster.kubectl("create", "rolebinding", "view", "--clusterrole=view",
                        f"--serviceaccount={cluster.namespace}:default")
        eventually(lambda: _can_list(core, cluster.namespace), "the binding has no effect")
        with pytest.raises(kubernetes.client.ApiException) as still:
            core.list_namespaced_secret(cluster.namespace)
        assert still.value.status == 403


def test_exec_with_standard_input_ends(cluster: Cluster):
    cluster.kubectl("run", "box", "--image=busybox", "--", "sleep", "3600")
    cluster.wait_running("box")
    assert cluster.kubectl("exec", "-i", "box", "--", "cat", stdin="x\n", timeout=20).out == "x\n"
    big = "0123456789abcdef" * 65536
    assert cluster.kubectl("exec", "-i", "box", "--", "cat", stdin=big, timeout=60).out == big
    assert cluster.kubectl("exec", "box", "--", "sh", "-c", "exit 7", check=False).code == 7


def test_exec_with_the_oldest_kubectl(cluster: Cluster, scratch: Path):
    """Debian's kubectl 1.20 speaks SPDY."""
    old = scratch / "old-kubectl" / "usr" / "bin" / "kubectl"
    if not old.exists():
        old.parents[2].mkdir()
        subprocess.run(["apt-get", "-qq", "download", "kubernetes-client"], cwd=old.parents[2], check=True)
        package = next(old.parents[2].glob("*.deb"))
        subprocess.run(["dpkg", "-x", str(package), str(old.parents[2])], check=True)
    cluster.kubectl("run", "box", "--image=busybox", "--", "sleep", "3600")
    cluster.wait_running("box")
    words = [str(old), "--namespace", cluster.namespace]
    done = run([*words, "exec", "-i", "box", "--", "cat"], cluster.env, stdin="old\n", timeout=30)
    assert done.out == "old\n"
    assert run([*words, "exec", "box", "--", "sh", "-c", "exit 9"], cluster.env, check=False).code == 9
    assert "box" in run([*words, "get", "pods"], cluster.env).out


@pytest.mark.parametrize(
    ("certificate", "allowed", "refused"),
    [
        pytest.param("kube-proxy", ("list", "services"), ("get", "secrets"), id="proxy"),
        pytest.param(
            "kube-scheduler", ("create", "pods", "--subresource=binding"), ("delete", "secrets"), id="scheduler"
        ),
        pytest.param(
            "kube-controller-manager", ("create", "serviceaccounts", "--subresource=token"),
            ("create", "pods", "--subresource=exec"), id="controllers",
        ),
    ],
)
def test_components_are_limited_to_their_roles(cluster: Cluster, certificate: str, allowed, refused):
    config = cluster.data_dir / "kubeconfigs" / f"{certificate}.kubeconfig"
    assert config.stat().st_mode & 0o777 == 0o600

    def can(*question: str) -> str:
        words = [str(KUBECTL), "--kubeconfig", str(config), "auth", "can-i", *question, "-n", "kube-system"]
        return run(words, cluster.env, check=False).out.strip()

    assert can(*allowed) == "yes"
    assert can(*refused) == "no"


def test_a_node_touches_itself_only(cluster: Cluster):
    name = cluster.names("nodes")[0]
    config = cluster.data_dir / "kubeconfigs" / f"{name}.kubeconfig"
    words = [str(KUBECTL), "--kubeconfig", str(config)]
    run([*words, "label", "node", name, "mine=yes"], cluster.env)
    other = "{apiVersion: v1, kind: Node, metadata: {name: node-1}}"
    refused = run([*words, "create", "-f", "-"], cluster.env, stdin=other, check=False)
    assert refused.code == 1
    assert "Forbidden" in refused.err
    cluster.kubectl("label", "node", name, "mine-")


def test_tokens_are_signed_by_the_key_of_the_service_accounts(cluster: Cluster):
    token = cluster.kubectl("create", "token", "default", "--duration=10m").out.strip()
    certificate = x509.load_pem_x509_certificate((cluster.data_dir / "pki" / "service-accounts.crt").read_bytes())
    claims = jwt.decode(token, certificate.public_key(), algorithms=["ES256", "RS256"],
                        options={"verify_aud": False})
    assert claims["sub"] == f"system:serviceaccount:{cluster.namespace}:default"
    assert claims["exp"] - claims["iat"] == 600


def test_every_certificate_is_signed_by_the_authority(cluster: Cluster):
    pki = cluster.data_dir / "pki"
    for path in pki.glob("*.crt"):
        authority = "front-proxy-ca" if path.name.startswith("front-proxy") else "ca"
        command = ["openssl", "verify", "-CAfile", str(pki / f"{authority}.crt"), str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.stdout.strip().endswith(": OK"), done.stderr
    for path in pki.glob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_certificate_fits_every_address(cluster: Cluster):
    address = cluster.get("service", "kubernetes", "-n", "default")["spec"]["clusterIP"]
    context = ssl.create_default_context(cafile=str(cluster.data_dir / "pki" / "ca.crt"))
    with urllib.request.urlopen(f"https://{address}/version", context=context, timeout=10) as answer:
        assert answer.status == 200
    authority = (cluster.data_dir / "pki" / "ca.crt").read_text()
    assert cluster.get("configmap", "kube-root-ca.crt")["data"]["ca.crt"] == authority


def _can_list(core, namespace: str) -> bool:
    try:
        core.list_namespaced_pod(namespace)
    except kubernetes.client.ApiException:
        return False
    return True
