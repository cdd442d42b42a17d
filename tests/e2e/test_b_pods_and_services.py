"""Scenarios B: first pods, Services, shells, the API from inside a pod."""

import os
import pty
import re
import subprocess
import urllib.request
from pathlib import Path

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually, free_port

POD = "nodehelloworld.example.com"


def test_b1_first_pod(cluster: Cluster, manifests: Path):
    path = str(manifests / "pod-helloworld.yaml")
    assert cluster.kubectl("create", "-f", path).out == f"pod/{POD} created\n"
    again = cluster.kubectl("create", "-f", path, check=False)
    assert again.code == 1
    assert f'Error from server (AlreadyExists): error when creating "{path}": pods "{POD}" already exists' in again.err

    cluster.wait_running(POD)
    assert re.search(rf"{POD} +1/1 +Running +0 ", cluster.kubectl("get", "pod").out)

    described = cluster.kubectl("describe", "pod", POD).out
    for line in (r"Image: +okeeffed/docker-demo", r"Port: +3000/TCP", r"Node: +\S+/\d+\.\d+", r"IP: +10\.\d+",
                 r"Ready +True"):
        assert re.search(line, described), line
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        assert re.search(rf"Normal +{reason}", described), reason

    _port_forward_answers(cluster, f"pod/{POD}", 3000)

    cluster.kubectl("expose", "pod", POD, "--type=NodePort", "--name", "nodehelloworld-service")
    listed = cluster.kubectl("get", "service", "nodehelloworld-service").out
    node_port = re.search(r"3000:(\d+)/TCP", listed)
    assert node_port
    node = cluster.get("nodes")["items"][0]["status"]["addresses"][0]["address"]
    eventually(lambda: "Hello World" in fetch(f"http://{node}:{node_port[1]}/"), "the node port does not answer")

    assert "index.js" in cluster.kubectl("exec", POD, "--", "ls").out
    assert cluster.kubectl("label", "pods", POD, "mylabel=awesome").out == f"pod/{POD} labeled\n"
    assert "mylabel=awesome" in cluster.kubectl("get", "pods", "--show-labels").out

    cluster.kubectl("expose", "pod", POD, "--port=444", "--target-port=3000", "--name=frontend")
    address = cluster.get("service", "frontend")["spec"]["clusterIP"]
    eventually(lambda: "Hello World" in fetch(f"http://{address}:444/"), "the cluster address does not answer")


def test_b1_attach_reaches_the_main_process(cluster: Cluster):
    cluster.apply("""
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  containers:
  - name: reader
    image: busybox
    stdin: true
    command: [sh, -c, "while read line; do echo read $line; done; sleep 60"]
""")
    cluster.wait_running("reader")
    attached = cluster.kubectl("attach", "reader", "-i", stdin="hello\n", check=False, timeout=30)
    assert "read hello" in attached.out + cluster.kubectl("logs", "reader").out


def test_b2_debug_shell(cluster: Cluster):
    command = cluster.kubectl_command("run", "-i", "--tty", "busybox", "--image=busybox", "--restart=Never", "--", "sh")
    leader, follower = pty.openpty()
    shell = subprocess.Popen(command, env=cluster.env, stdin=follower, stdout=follower, stderr=follower, close_fds=True)
    os.close(follower)
    seen = Screen(leader)
    seen.wait_for("# ")
    os.write(leader, b"cat /etc/resolv.conf\n")
    seen.wait_for("ndots:5")
    assert re.search(r"nameserver 10\.\d+\.\d+\.10\b", seen.text)
    assert f"search {cluster.namespace}.svc.cluster.local svc.cluster.local cluster.local" in seen.text
    os.write(leader, b"exit 3\n")
    assert shell.wait(30) == 3
    os.close(leader)
    eventually(lambda: "Error" in cluster.kubectl("get", "pod", "busybox").out, "the pod does not end in Error")

    cluster.kubectl("run", "done", "--image=busybox", "--restart=Never", "--", "true")
    eventually(lambda: "Completed" in cluster.kubectl("get", "pod", "done").out, "the pod does not complete")


def test_b3_deployment_and_service_by_command(cluster: Cluster):
    assert cluster.kubectl("create", "deployment", "nginx", "--image", "nginx").out == "deployment.apps/nginx created\n"
    cluster.kubectl("expose", "deployment", "nginx", "--port", "80", "--target-port", "80", "--selector", "app=nginx",
                    "--type=ClusterIP", "--name", "nginx")
    cluster.kubectl("rollout", "status", "deployment/nginx", "--timeout=60s")
    names = cluster.names("all")
    pod, service, deployment, replicaset = names
    assert (service, deployment) == ("nginx", "nginx")
    assert re.fullmatch(r"nginx-[a-z0-9]+", replicaset)
    assert re.fullmatch(rf"{replicaset}-[a-z0-9]{{5}}", pod)
    address = cluster.get("service", "nginx")["spec"]["clusterIP"]
    assert "Welcome to nginx!" in eventually(lambda: fetch(f"http://{address}/"), "no welcome page")

    logs = cluster.kubectl("logs", pod, "--tail=5000", "--timestamps")
    assert logs.code == 0


def test_b3_a_mistyped_image_shows_and_is_repaired(cluster: Cluster):
    cluster.kubectl("create", "deployment", "ngix", "--image", "ngix")
    cluster.kubectl("expose", "deployment", "ngix", "--port", "80")
    eventually(lambda: re.search(r"0/1 +ErrImagePull|0/1 +ImagePullBackOff", cluster.kubectl("get", "pods").out),
               "no ErrImagePull")
    eventually(lambda: re.search(r"0/1 +ImagePullBackOff", cluster.kubectl("get", "pods").out), "no ImagePullBackOff")
    assert re.search(r"ngix +0/1 +1 +0 ", cluster.kubectl("get", "deployment", "ngix").out)
    assert re.search(r"ngix-\w+ +1 +1 +0 ", cluster.kubectl("get", "replicaset").out)
    described = cluster.kubectl("describe", "pods").out
    assert re.search(r"Warning +Failed .*Failed to pull image \"ngix\"", described)
    assert "not found" in described
    address = cluster.get("service", "ngix")["spec"]["clusterIP"]
    assert fetch(f"http://{address}/") == ""

    cluster.kubectl("set", "image", "deployment/ngix", "ngix=nginx")
    cluster.kubectl("rollout", "status", "deployment/ngix", "--timeout=60s")
    eventually(lambda: "Welcome" in fetch(f"http://{address}/"), "the repaired Service does not answer")


def test_b5_the_api_from_inside_a_pod(cluster: Cluster):
    cluster.kubectl("run", "inside", "--image=busybox", "--", "sleep", "3600")
    cluster.wait_running("inside")
    shown = cluster.kubectl("exec", "inside", "--", "env").out
    assert re.search(r"^KUBERNETES_SERVICE_HOST=10\.\d+\.\d+\.1$", shown, re.MULTILINE)
    assert "KUBERNETES_PORT_443_TCP_PORT=443" in shown
    assert "HOSTNAME=inside" in shown
    token = cluster.kubectl(
        "exec", "inside", "--", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/token").out
    url = f"/api/v1/namespaces/{cluster.namespace}/pods/inside"

    assert _call_from_pod(cluster, token, url).startswith("HTTP/1.1 403")
    cluster.kubectl("create", "role", "reader", "--verb=get", "--resource=pods")
    cluster.kubectl("create", "rolebinding", "reader", "--role=reader",
                    f"--serviceaccount={cluster.namespace}:default")
    eventually(lambda: _call_from_pod(cluster, token, url).startswith("HTTP/1.1 200"), "the role has no effect")
    assert _call_from_pod(cluster, token[:-3] + "abc", url).startswith("HTTP/1.1 401")

    cluster.kubectl("patch", "serviceaccount", "default", "-p", '{"automountServiceAccountToken":false}')
    cluster.kubectl("run", "without", "--image=busybox", "--", "sleep", "3600")
    cluster.wait_running("without")
    absent = cluster.kubectl("exec", "without", "--", "ls", "/var/run/secrets/kubernetes.io", check=False)
    assert "No such file" in absent.err


def test_names_resolve(cluster: Cluster):
    cluster.kubectl("run", "client", "--image=busybox", "--", "sleep", "3600")
    cluster.kubectl("create", "deployment", "app2-service", "--image=nginx")
    cluster.kubectl("expose", "deployment", "app2-service", "--port=80")
    cluster.wait_running("client")
    address = cluster.get("service", "app2-service")["spec"]["clusterIP"]
    full = f"app2-service.{cluster.namespace}.svc.cluster.local"
    found = eventually(lambda: cluster.kubectl("exec", "client", "--", "nslookup", "-type=a", full, check=False).out,
                       f"{full} does not resolve")
    assert address in found
    missing = cluster.kubectl("exec", "client", "--", "nslookup", f"missing.{cluster.namespace}.svc.cluster.local",
                              check=False)
    assert "NXDOMAIN" in missing.out + missing.err
    cluster.kubectl("rollout", "status", "deployment/app2-service", "--timeout=60s")
    for name in ("app2-service", f"app2-service.{cluster.namespace}", full):
        page = cluster.kubectl("exec", "client", "--", "timeout", "10", "wget", "-qO-", f"http://{name}/")
        assert "Welcome" in page.out, name


def _call_from_pod(cluster: Cluster, token: str, url: str) -> str:
    """Return the head of the answer to a request that is sent from inside the cluster's network."""
    address = cluster.get("service", "kubernetes", "-n", "default")["spec"]["clusterIP"]
    authority = cluster.data_dir / "pki" / "ca.crt"
    done = subprocess.run(
        ["curl", "-sS", "-i", "--cacert", str(authority), "-H", f"Authorization: Bearer {token}",
         f"https://{address}:443{url}"], capture_output=True, text=True, timeout=20,
    )
    return done.stdout


def _port_forward_answers(cluster: Cluster, target: str, port: int) -> None:
    local = free_port()
    forward = subprocess.Popen(cluster.kubectl_command("port-forward", target, f"{local}:{port}"), env=cluster.env,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        eventually(lambda: "Hello World" in fetch(f"http://127.0.0.1:{local}/"), "the forwarded port does not answer")
    finally:
        forward.terminate()
        forward.communicate(timeout=10)


def fetch(url: str) -> str:
    """Return the page at `url`, or nothing when it does not answer."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


class Screen:
    """What a program has written to a terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.text = ""
        os.set_blocking(descriptor, False)

    def wait_for(self, text: str) -> None:
        """Return once `text` has appeared."""
        def look() -> bool:
            try:
                self.text += os.read(self._descriptor, 65536).decode(errors="replace")
            except (BlockingIOError, OSError):
                pass
            return text in self.text

        eventually(look, lambda: f"{text!r} did not appear in {self.text!r}", 60)
