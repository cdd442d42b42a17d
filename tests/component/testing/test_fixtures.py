"""The fixtures as users have them: levels, namespaces, clients of all libraries, both kinds of tests."""

import inspect

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.testing import SyncCluster

POD = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "nginx"}]},
}


def test_kinds_only(kubewheel):
    kubewheel.apply(POD)
    report = kubewheel.settle()
    assert report.has_settled
    assert kubewheel.get("pods", "web")["status"]["phase"] == "Pending"
    with pytest.raises(StatusError) as error:
        kubewheel.get("Pod", "other")
    assert error.value.code == 404


def test_isolated(kubewheel):
    assert kubewheel.list("Pod") == []


@pytest.mark.kubewheel(controllers=True)
def test_controllers(kubewheel):
    kubewheel.apply({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": POD["metadata"], "spec": POD["spec"]},
        },
    })
    kubewheel.settle()
    assert len(kubewheel.list("Pod", owner=kubewheel.one("ReplicaSet")["metadata"]["name"])) == 2
    assert [each["spec"].get("nodeName") for each in kubewheel.list("Pod")] == [None, None]


@pytest.mark.kubewheel(nodes=2)
def test_nodes(kubewheel):
    kubewheel.apply(POD)
    kubewheel.settle()
    pod = kubewheel.one("po")
    assert pod["status"]["phase"] == "Running"
    assert pod["spec"]["nodeName"] in ("node-0", "node-1")
    assert kubewheel.logs("web") == "simulated container started\n"


def test_session_namespaces(kubewheel_session, kubewheel_namespace):
    kubewheel_session.apply(POD, namespace=kubewheel_namespace)
    assert kubewheel_session.one("Pod", kubewheel_namespace)["metadata"]["name"] == "web"


@pytest.mark.kubewheel(nodes=1)
async def test_asynchronous(kubewheel):
    await kubewheel.apply(POD)
    await kubewheel.settle()
    pod = await kubewheel.client.get("Pod", "web", "default")
    assert pod["status"]["phase"] == "Running"
    await kubewheel.clock.advance(hours=1)
    with kubewheel.fail(verb="get", resource="pods", status=503) as fault:
        with pytest.raises(StatusError) as error:
            await kubewheel.get("Pod", "web")
        assert (error.value.code, fault.hits) == (503, 1)
    with kubewheel.away(), pytest.raises(ConnectionError):
        await kubewheel.get("Pod", "web")
    async with kubewheel.partition("node-0"):
        await kubewheel.clock.advance(minutes=1)


def test_kubernetes_client(kubewheel):
    client = pytest.importorskip("kubernetes.client")
    core = client.CoreV1Api(kubewheel.kubernetes)
    core.create_namespaced_config_map("default", {"metadata": {"name": "a"}, "data": {"b": "c"}})
    assert kubewheel.get("ConfigMap", "a")["data"] == {"b": "c"}


async def test_kubernetes_asyncio_client(kubewheel):
    client = pytest.importorskip("kubernetes_asyncio.client")
    async with kubewheel.kubernetes_asyncio as api:
        found = await client.CoreV1Api(api).list_namespace()
    assert "default" in [each.metadata.name for each in found.items]


def test_lightkube_client(kubewheel):
    pytest.importorskip("lightkube")
    from lightkube.resources.core_v1 import Namespace

    assert kubewheel.lightkube.get(Namespace, "default").metadata.name == "default"


def test_pykube_client(kubewheel):
    pykube = pytest.importorskip("pykube")
    assert pykube.Namespace.objects(kubewheel.pykube).get(name="default").name == "default"


# It knows the versions up to its own release and says so.
@pytest.mark.filterwarnings("ignore:Kubernetes version:UserWarning")
async def test_kr8s_client(kubewheel):
    pytest.importorskip("kr8s")
    api = await kubewheel.kr8s
    names = [each.name async for each in api.get("namespaces")]
    assert "default" in names


@pytest.mark.kubewheel(nodes=1)
def test_kubectl(kubewheel):
    kubewheel.kubectl("create", "deployment", "web", "--image=nginx")
    kubewheel.settle()
    assert "1/1" in kubewheel.kubectl("get", "deployments")
    pod = kubewheel.one("Pod")["metadata"]["name"]
    assert kubewheel.kubectl("logs", pod) == "simulated container started\n"
    assert kubewheel.kubectl("exec", pod, "--", "echo", "hello") == "hello\n"
    with pytest.raises(AssertionError, match="NotFound"):
        kubewheel.kubectl("get", "pod", "other")


def test_waiting_has_an_end(kubewheel):
    kubewheel.apply(POD)
    assert kubewheel.wait_for("po", "web", fits=lambda pod: pod["spec"])["kind"] == "Pod"
    with pytest.raises(LookupError, match="no Pod other has been as wanted within 0"):
        kubewheel.wait_for("Pod", "other", seconds=0.02)
    with pytest.raises(LookupError, match="nobody has watched pods within 0"):
        kubewheel.wait_watched("pods", seconds=0.02)


def test_port_only_on_demand(kubewheel):
    assert kubewheel.cluster.inside.endpoint.access is None
    assert kubewheel.url.startswith("https://127.0.0.1:")
    assert kubewheel.kubeconfig.stat().st_mode & 0o077 == 0


def test_blocking_offers_what_the_cluster_offers():
    from kubewheel.testing.cluster import Cluster

    def verbs(kind: type) -> set[str]:
        return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}

    assert verbs(Cluster) - verbs(SyncCluster) == {"inside", "resource", "listen"}


def test_the_clusters_thread_does_not_wait_for_itself(kubewheel):
    kubewheel.apply(POD)
    with pytest.raises(RuntimeError, match="own thread cannot wait for the cluster"):
        kubewheel.wait_for("Pod", "web", fits=lambda _: kubewheel.list("Pod"))
