"""`kubewheel snapshot` of a running cluster: one revision, private, and something that another cluster begins with."""

from pathlib import Path

from kubewheel.storage import snapshot_file
from kubewheel.testing import SyncCluster
from tests.e2e.support.cluster import Cluster


def test_a_running_cluster_is_saved_and_played_in_a_test(cluster: Cluster, tmp_path: Path):
    saved = tmp_path / "saved"
    cluster.kubectl("create", "secret", "generic", "password", "--from-literal=a=b")
    done = cluster.kubewheel("snapshot", "save", str(saved))
    state = snapshot_file.read(saved)
    assert done.out == f"Saved {len(state.entries)} objects as of revision {state.revision} to {saved}.\n"
    assert saved.stat().st_mode & 0o777 == 0o600
    assert max(each.revision for each in state.entries) <= state.revision
    assert state.about["runtime"] == "containerd"
    with SyncCluster.from_snapshot(saved) as replay:
        assert replay.get("Secret", "password", cluster.namespace)["data"] == {"a": "Yg=="}
        names = {each["metadata"]["name"] for each in replay.list("Namespace")}
        assert {"default", "kube-system", cluster.namespace} <= names


def test_a_running_cluster_takes_no_other_state(cluster: Cluster, tmp_path: Path):
    done = cluster.kubewheel("snapshot", "load", str(tmp_path / "any"), "--replace", check=False)
    assert (done.code, done.err) == (1, "kubewheel: the cluster runs; stop it first with `kubewheel down`\n")
