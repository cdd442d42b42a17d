"""Components that run alone: each from its own files, over HTTPS, while the cluster's process serves the API only."""

import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import new_cluster
from tests.e2e.support import leftovers, registry
from tests.e2e.support.cluster import KUBEWHEEL, Cluster, run
from tests.e2e.support.waiting import eventually, free_port

KUBELET = """apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
port: {port}
authentication: {{anonymous: {{enabled: false}}, webhook: {{enabled: true}}, x509: {{clientCAFile: ca.crt}}}}
authorization: {{mode: Webhook}}
cgroupDriver: systemd
clusterDNS: ["{dns}"]
clusterDomain: cluster.local
maxPods: 16
tlsCertFile: kubelet.crt
tlsPrivateKeyFile: kubelet.key
"""
PROXY = """apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {{kubeconfig: kube-proxy.kubeconfig}}
mode: iptables
clusterCIDR: {cidr}
"""


class Worker:
    """The files of one worker, and the components that run from them."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        folder.mkdir()
        self.cluster, self.folder = cluster, folder
        self.certificates, self.kubeconfigs = cluster.data_dir / "pki", cluster.data_dir / "kubeconfigs"
        self.node = next(path.stem for path in self.kubeconfigs.iterdir() if not path.stem.startswith(("kube-", "ad")))
        self.cidr = cluster.flags[cluster.flags.index("--cluster-cidr") + 1]
        dns = cluster.get("service", "kube-dns", "-n", "kube-system")["spec"]["clusterIP"]
        for source, name in (
            (self.certificates / "ca.crt", "ca.crt"), (self.certificates / f"{self.node}.crt", "kubelet.crt"),
            (self.certificates / f"{self.node}.key", "kubelet.key"),
            (self.kubeconfigs / f"{self.node}.kubeconfig", "kubeconfig"),
            (self.kubeconfigs / "kube-proxy.kubeconfig", "kube-proxy.kubeconfig"),
        ):
            shutil.copy(source, folder / name)
        (folder / "kubelet.yaml").write_text(KUBELET.format(port=free_port(), dns=dns))
        (folder / "kube-proxy.yaml").write_text(PROXY.format(cidr=self.cidr))

    @contextmanager
    def run(self, *words: str) -> Iterator[Path]:
        """Run a component while the block runs; give its log. It ends on SIGTERM, and well."""
        path = self.folder / f"{words[0]}.log"
        with path.open("w") as log:
            process = subprocess.Popen([str(KUBEWHEEL), *words], stdout=log, stderr=log, env=self.cluster.env)
        try:
            yield path
            assert process.poll() is None, path.read_text()
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
        assert code == 0, path.read_text()

    def controllers(self) -> AbstractContextManager[Path]:
        kubeconfig = self.kubeconfigs / "kube-controller-manager.kubeconfig"
        return self.run("controllers", "--kubeconfig", str(kubeconfig), "--cluster-cidr", self.cidr)

    def scheduler(self, *words: str) -> AbstractContextManager[Path]:
        return self.run("scheduler", "--kubeconfig", str(self.kubeconfigs / "kube-scheduler.kubeconfig"), *words)

    def proxy(self) -> AbstractContextManager[Path]:
        data = str(self.cluster.data_dir)
        return self.run("proxy", "--config", str(self.folder / "kube-proxy.yaml"), "--data-dir", data)

    def agent(self, *words: str) -> AbstractContextManager[Path]:
        return self.run(*self.agent_command(*words)[1:])

    def agent_command(self, *words: str) -> list[str]:
        files = {"--kubeconfig": "kubeconfig", "--config": "kubelet.yaml"}
        given = [word for flag, name in files.items() for word in (flag, str(self.folder / name))]
        return [str(KUBEWHEEL), "node", *given, "--data-dir", str(self.cluster.data_dir), *words]


@pytest.fixture(scope="module")
def worker(scratch: Path, images_registry: str) -> Iterator[Worker]:
    cluster = new_cluster(scratch, "bare", "--without", "controllers,scheduler,proxy,node")
    registry.mirror(cluster.data_dir / "containerd" / "certs.d", "docker.io", images_registry)
    try:
        started = cluster.up()
        assert "no node here" in started.out
        yield Worker(cluster, scratch / "worker")
    finally:
        cluster.down(wipe=True)
    assert leftovers.observe(leftovers.marks(cluster.data_dir, paths=[str(scratch / "worker")])) == frozenset()


def test_a_cluster_of_lone_components(worker: Worker):
    cluster = worker.cluster
    with ExitStack() as running:
        logs = {part: running.enter_context(getattr(worker, part)()) for part in ("controllers", "scheduler", "proxy")}
        logs["node"] = running.enter_context(worker.agent("--node-labels", "tier=lone"))
        cluster.kubectl("create", "deployment", "web", "--image=nginx", "--port=80", "--replicas=2")
        cluster.kubectl("expose", "deployment", "web")
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        node = cluster.get("node", worker.node)
        assert node["metadata"]["labels"]["tier"] == "lone"
        assert node["status"]["capacity"]["pods"] == "16"
        address = cluster.get("service", "web")["spec"]["clusterIP"]
        assert "Welcome" in eventually(lambda: _page(f"http://{address}"), "the Service does not answer")
        assert cluster.kubectl("exec", "deploy/web", "--", "hostname").out.startswith("web-")
        assert "cgroupDriver: 'systemd' is not supported" in logs["node"].read_text()
        assert "mode: 'iptables' is not supported" in logs["proxy"].read_text()
        pods = {pod["metadata"]["uid"] for pod in cluster.get("pods")["items"]}
    cluster.kubectl("scale", "deployment/web", "--replicas=1")
    assert cluster.get("deployment", "web")["status"]["replicas"] == 2, "somebody controls"
    with worker.controllers(), worker.agent():
        eventually(lambda: len(cluster.get("pods")["items"]) == 1, "the controllers do not catch up")
        cluster.kubectl("scale", "deployment/web", "--replicas=2")
        with worker.scheduler("-v", "5") as log:
            cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
            assert "/binding: 201" in log.read_text()
        after = cluster.get("pods")["items"]
    # The agent took over what ran.
    assert pods & {pod["metadata"]["uid"] for pod in after}
    assert {pod["status"]["containerStatuses"][0]["restartCount"] for pod in after} == {0}


def test_a_node_under_another_name_is_refused_and_says_why(worker: Worker):
    words = ("--hostname-override", "node-1", "--data-dir", str(worker.folder / "other"))
    with worker.agent(*words) as log:
        said = f'node "{worker.node}" is not allowed to modify node "node-1"'
        eventually(lambda: said in log.read_text(), lambda: log.read_text())
    assert "expected is 'system:node:node-1'" in log.read_text()
    done = run([*worker.agent_command(*words), "--cleanup"], worker.cluster.env)
    assert done.code == 0


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""
