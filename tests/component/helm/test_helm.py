"""The life of a release with the real Helm 4: hooks, a kind of its own, a dependency, waiting, rolling back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tools.fetch_helm import fetch

from kubewheel.testing import SyncCluster
from tests.component.kubectl.support import Tool

CHART = str(Path(__file__).parent / "shop")
WAIT = ("--wait", "--timeout=30s")


@pytest.fixture(scope="module")
def cluster() -> Iterator[SyncCluster]:
    with SyncCluster(nodes=2, clock="real") as made:
        yield made


@pytest.fixture
def helm(cluster: SyncCluster, tmp_path: Path) -> Tool:
    return Tool(str(fetch()), Path(cluster.kubeconfig), tmp_path)


@pytest.fixture
def namespace(cluster: SyncCluster, request: pytest.FixtureRequest) -> str:
    name = request.node.name.replace("_", "-")
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


class Release:
    """A release of the chart, called `web`."""

    def __init__(self, helm: Tool, namespace: str, cluster: SyncCluster) -> None:
        self.helm, self.namespace, self.cluster = helm, namespace, cluster

    def do(self, verb: str, *words: str) -> str:
        return self.helm(verb, "web", *words, "-n", self.namespace)

    def fail(self, verb: str, *words: str) -> str:
        done = self.helm.run(verb, "web", *words, "-n", self.namespace)
        assert done.code == 1, done.out
        return done.err

    def history(self) -> list[tuple[str, str]]:
        listed = json.loads(self.do("history", "-o", "json"))
        return [(each["status"], each["description"]) for each in listed]

    def names(self, kind: str) -> list[str]:
        return sorted(each["metadata"]["name"] for each in self.cluster.list(kind, self.namespace))

    def image(self) -> Any:
        found = self.cluster.get("Deployment", "web-shop", self.namespace)
        return found["spec"]["template"]["spec"]["containers"][0]["image"]


@pytest.fixture
def release(helm: Tool, namespace: str, cluster: SyncCluster) -> Release:
    return Release(helm, namespace, cluster)


def test_life(release: Release) -> None:
    shown = release.do("install", CHART, *WAIT)
    assert "STATUS: deployed" in shown
    assert f"web answers at web-shop.{release.namespace}.svc." in shown
    deployment = release.cluster.get("Deployment", "web-shop", release.namespace)
    assert deployment["status"]["readyReplicas"] == 2
    assert release.names("StatefulSet") == ["web-cache"]
    assert release.names("Cart") == ["web"]
    assert release.names("Job") == ["web-post-install"], "the hook before it is deleted when it has succeeded"
    before = release.cluster.get("ConfigMap", "web-before", release.namespace)["metadata"]["creationTimestamp"]
    assert before <= deployment["metadata"]["creationTimestamp"]
    assert "Phase:          Succeeded" in release.do("test")
    assert "checked" in release.cluster.logs("web-reachable", release.namespace)

    assert "has been upgraded" in release.do("upgrade", CHART, *WAIT, "--set", "image=shop:2")
    assert release.image() == "shop:2"
    assert "web-post-upgrade" in release.names("Job")
    assert "Rollback was a success" in release.do("rollback", "1", *WAIT)
    assert release.image() == "shop:1"
    assert [state for state, _ in release.history()] == ["superseded", "superseded", "deployed"]

    listed = json.loads(release.helm("list", "-A", "-o", "json"))
    assert [each["chart"] for each in listed if each["namespace"] == release.namespace] == ["shop-1.0.0"]
    assert "kind: StatefulSet" in release.helm("get", "manifest", "web", "-n", release.namespace)
    assert "helm.sh/hook: pre-delete" in release.helm("get", "hooks", "web", "-n", release.namespace)
    status = json.loads(release.do("status", "-o", "json"))
    assert (status["info"]["status"], status["version"]) == ("deployed", 3)

    assert 'release "web" uninstalled' in release.do("uninstall", *WAIT)
    for kind in ("Deployment", "StatefulSet", "Service", "Secret", "Cart"):
        assert release.names(kind) == []
    assert "web-pre-delete" in release.names("Job")
    assert release.cluster.get("CustomResourceDefinition", "carts.shop.example.com")


def test_failed_upgrade_is_rolled_back(release: Release) -> None:
    release.do("install", CHART, *WAIT)
    said = release.fail(
        "upgrade", CHART, "--wait", "--timeout=2s", "--rollback-on-failure", "--set", "image=shop:nonexistent",
    )
    assert "has been rolled back due to rollback-on-failure being set" in said
    assert "Deployment" in said
    assert release.image() == "shop:1"
    assert [state for state, _ in release.history()] == ["superseded", "failed", "deployed"]
    assert release.history()[-1][1] == "Rollback to 1"


def test_failed_hooks_stop_what_they_are_for(release: Release) -> None:
    assert "pre-install" in release.fail("install", CHART, *WAIT, "--set", "prepare=exit 3")
    assert release.names("Deployment") == []
    assert [state for state, _ in release.history()] == ["failed"]
    release.do("upgrade", CHART, *WAIT, "--install", "--reset-values")
    said = release.fail("upgrade", CHART, *WAIT, "--set", "prepare=exit 3")
    assert "post-upgrade hooks failed: resource Job/" in said
    assert "not ready. status: Failed" in said
    release.do("uninstall", "--no-hooks", *WAIT)


def test_lookup_sees_the_cluster(release: Release) -> None:
    release.do("install", CHART, *WAIT)
    first = release.cluster.get("ConfigMap", "web-settings", release.namespace)["data"]
    release.do("upgrade", CHART, *WAIT)
    assert release.cluster.get("ConfigMap", "web-settings", release.namespace)["data"] == first
    assert (first["capabilities"], first["version"]) == ("true", "37")
    dry = release.do("upgrade", CHART, "--dry-run=server")
    assert first["seed"] in dry
    assert first["seed"] not in release.do("upgrade", CHART, "--dry-run=client")


def test_validated_without_being_made(release: Release) -> None:
    release.do("install", CHART, *WAIT)  # The kind of its own has to be known.
    rendered = release.helm("template", "other", CHART, "--validate", "-n", release.namespace)
    assert "name: other-shop" in rendered
    assert "STATUS: pending-install" in release.helm(
        "install", "other", CHART, "--dry-run=server", "-n", release.namespace,
    )
    refused = release.helm.run("install", "other", CHART, "--set", "replicas=many", "-n", release.namespace)
    assert refused.code == 1
    assert ".spec.replicas" in refused.err
    assert release.names("Deployment") == ["web-shop"]


def test_names_and_owners(release: Release) -> None:
    release.do("install", CHART, *WAIT)
    assert "cannot reuse a name that is still in use" in release.fail("install", CHART)
    foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other-settings"}, "data": {}}
    release.cluster.apply(foreign, namespace=release.namespace)
    refused = release.helm.run("install", "other", CHART, "-n", release.namespace)
    assert refused.code == 1
    assert 'ConfigMap "other-settings" in namespace' in refused.err
    assert "exists and cannot be imported into the current release" in refused.err


def test_old_versions_in_charts(release: Release) -> None:
    done = release.helm.run(
        "install", "web", CHART, *WAIT, "--set", "legacyIngress=true", "-n", release.namespace,
    )
    assert done.code == 0, done.err
    ingress = release.cluster.get("Ingress", "web-shop", release.namespace)
    path = ingress["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"] == {"service": {"name": "web-shop", "port": {"name": "http"}}}
    release.do("upgrade", CHART, *WAIT, "--set", "legacyIngress=true,replicas=1")
    release.do("uninstall", *WAIT)
    assert release.names("Ingress") == []
