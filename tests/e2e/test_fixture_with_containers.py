"""The test fixture's level with containers: real ones run, reach the cluster by name, and leave nothing behind."""

import pytest

from kubewheel.libs import oci_archive
from kubewheel.testing import SyncCluster
from tests.e2e.support import images, leftovers
from tests.e2e.support.waiting import eventually

IMAGE = "docker.io/test/box:1"
SCRIPT = (
    'echo "hello from $(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)"; '
    "nslookup kubernetes.default.svc.cluster.local; trap 'exit 0' TERM; sleep 1000 & wait"
)


def pod(name: str, image: str = IMAGE) -> dict:
    container = {"name": "c", "image": image, "imagePullPolicy": "Never", "command": ["sh", "-c", SCRIPT]}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]},
    }


def test_containers_run_and_leave_nothing():
    with SyncCluster(containers=True) as cluster:
        node = cluster.cluster.inside.containers
        assert node is not None
        own = leftovers.marks(node.prepared.layout.root)
        assert leftovers.observe(own)
        cluster.import_images(oci_archive.build([images.busybox(IMAGE)]))
        cluster.apply([pod("web"), pod("absent", "docker.io/test/absent:1")])
        cluster.settle()
        assert cluster.get("Pod", "web")["status"]["phase"] == "Running"
        waiting = cluster.get("Pod", "absent")["status"]["containerStatuses"][0]["state"]["waiting"]
        assert waiting["reason"] == "ErrImageNeverPull"
        address = cluster.get("Service", "kubernetes")["spec"]["clusterIP"]
        # The cluster has settled, the script inside goes at its own pace.
        eventually(lambda: address in cluster.logs("web"), lambda: cluster.logs("web"))
        assert "hello from default" in cluster.logs("web")
        assert cluster.kubectl("exec", "web", "--", "hostname") == "web\n"
        cluster.delete("Pod", "web")
        cluster.settle()
        assert [each["metadata"]["name"] for each in cluster.list("Pod")] == ["absent"]
    assert leftovers.observe(own) == frozenset()


@pytest.mark.kubewheel(containers=True)
def test_the_marker(kubewheel):
    (node,) = kubewheel.list("Node")
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")
    with pytest.raises(LookupError, match="no simulated nodes"):
        kubewheel.lose_node(node["metadata"]["name"])
