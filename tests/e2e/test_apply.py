"""kubectl's server-side apply, alone and after client-side apply."""

import json

import pytest

from tests.e2e.support.cluster import Cluster

FORM = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
"""


def manifest(**data: str) -> str:
    return FORM + "".join(f"  {name}: {json.dumps(value)}\n" for name, value in data.items())


@pytest.fixture
def cluster(shared_cluster: Cluster):
    """A namespace of one test."""
    shared_cluster.kubectl("create", "namespace", "test-apply")
    yield shared_cluster.within("test-apply")
    shared_cluster.kubectl("delete", "namespace", "test-apply", "--timeout=60s")


def managers(cluster: Cluster) -> set[tuple[str, str]]:
    found = cluster.get("configmap", "settings", "--show-managed-fields")
    return {(each["manager"], each["operation"]) for each in found["metadata"]["managedFields"]}


def test_conflict_force_and_leaving(cluster: Cluster):
    assert cluster.apply(manifest(a="1", b="1"), "--server-side").out == "configmap/settings serverside-applied\n"
    done = cluster.apply(manifest(a="2"), "--server-side", "--field-manager=other", check=False)
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .data.a' in done.err
    cluster.apply(manifest(a="2"), "--server-side", "--field-manager=other", "--force-conflicts")
    cluster.apply(manifest(c="1"), "--server-side")
    assert cluster.get("configmap", "settings")["data"] == {"a": "2", "c": "1"}
    assert managers(cluster) == {("kubectl", "Apply"), ("other", "Apply")}


def test_after_client_side_apply(cluster: Cluster):
    cluster.apply(manifest(a="1"))
    assert managers(cluster) == {("kubectl-client-side-apply", "Update")}
    cluster.apply(manifest(a="2"), "--server-side")
    assert cluster.get("configmap", "settings")["data"] == {"a": "2"}
    assert ("kubectl", "Apply") in managers(cluster)
    assert ("kubectl-client-side-apply", "Update") not in managers(cluster)
    assert 'a: "2"' in cluster.kubectl("apply", "view-last-applied", "configmap/settings").out
    cluster.apply(manifest(b="1"), "--server-side")
    assert cluster.get("configmap", "settings")["data"] == {"b": "1"}


def test_diff(cluster: Cluster):
    cluster.apply(manifest(a="1"), "--server-side")
    same = cluster.kubectl("diff", "--server-side", "-f", "-", stdin=manifest(a="1"), check=False)
    assert (same.code, same.out) == (0, "")
    other = cluster.kubectl("diff", "--server-side", "-f", "-", stdin=manifest(a="2"), check=False)
    assert other.code == 1
    assert '+  a: "2"' in other.out
    assert cluster.get("configmap", "settings")["data"] == {"a": "1"}
