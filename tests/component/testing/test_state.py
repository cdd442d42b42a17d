"""Scripts of pods, snapshots, manifests, reads of the past."""

from collections.abc import Sequence

import pytest

from kubewheel.testing import Answer, Behaviour, Cluster, Script


def pod(name: str, **labels: str) -> dict:
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "app"}]},
    }


class Batch(Script):
    exit_after = 60.0
    log = ("one", "two")

    def exec(self, command: Sequence[str]) -> Answer | None:
        return Answer("7\n") if command == ["count"] else None


async def test_scripts_by_class_callable_and_value():
    async with Cluster(nodes=1) as cluster:
        cluster.simulate(Batch, labels="kind=batch")
        cluster.simulate(lambda pod, _: Behaviour(exit_after=0, exit_code=int(pod["metadata"]["name"][-1])), name="e-*")
        await cluster.apply([pod("batch", kind="batch"), pod("e-3"), pod("plain")])
        await cluster.settle()
        phases = {each["metadata"]["name"]: each["status"]["phase"] for each in await cluster.list("Pod")}
        assert phases == {"batch": "Running", "e-3": "Failed", "plain": "Running"}
        failed = await cluster.get("Pod", "e-3")
        assert failed["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 3
        assert await cluster.logs("batch") == "one\ntwo\n"
        assert await cluster.kubectl("exec", "batch", "--", "count") == "7\n"
        await cluster.clock.advance(60)
        assert (await cluster.get("Pod", "batch"))["status"]["phase"] == "Succeeded"


async def test_snapshots_keep_state_time_and_revision(tmp_path):
    path = tmp_path / "state.json"
    async with Cluster(nodes=1) as cluster:
        await cluster.apply(pod("web"))
        await cluster.clock.advance(hours=5)
        before = await cluster.get("Pod", "web")
        await cluster.snapshot(path)
        revision, now = cluster.revision, cluster.clock.now()
    async with Cluster.from_snapshot(path) as cluster:
        assert (cluster.revision, cluster.clock.now()) == (revision, now)
        assert await cluster.get("Pod", "web") == before
        await cluster.apply(pod("new"))
        assert (await cluster.get("Pod", "new"))["metadata"]["uid"] != before["metadata"]["uid"]
    async with Cluster.from_snapshot(path, nodes=1) as cluster:
        await cluster.apply(pod("new"))
        await cluster.settle()
        assert {each["status"]["phase"] for each in await cluster.list("Pod")} == {"Running"}
        assert (await cluster.get("Pod", "web"))["status"]["podIP"] == before["status"]["podIP"]


async def test_what_is_no_snapshot_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("{}\n")
    with pytest.raises(ValueError, match="is no snapshot of a cluster"):
        await Cluster.from_snapshot(tmp_path / "a.json").start()


async def test_reads_of_the_past():
    async with Cluster(window=20) as cluster:
        await cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}})
        then = cluster.revision
        await cluster.client.patch("ConfigMap", "a", {"data": {"x": "2"}}, "default")
        await cluster.delete("cm", "a")
        assert [each["data"] for each in await cluster.list_at(then, "ConfigMap", "default")] == [{"x": "1"}]
        assert (await cluster.get_at(then + 1, "cm", "a"))["data"] == {"x": "2"}
        assert await cluster.get_at(cluster.revision, "ConfigMap", "a") is None
        cluster.compact()
        with pytest.raises(LookupError, match="is not kept any more"):
            await cluster.list_at(then, "ConfigMap")


async def test_manifests_of_a_directory(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: team}\n---\n"
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.json").write_text(
        '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret",'
        ' "metadata": {"name": "s", "namespace": "team"}}]}'
    )
    async with Cluster(load=(tmp_path,)) as cluster:
        assert (await cluster.one("ConfigMap", "team"))["metadata"]["name"] == "a"
        assert (await cluster.one("Secret", "team"))["metadata"]["name"] == "s"
        await cluster.apply(tmp_path)
        with pytest.raises(LookupError, match="no kind is called 'gadgets'"):
            await cluster.list("gadgets")


async def test_custom_resources():
    async with Cluster() as cluster:
        await cluster.apply("""
            apiVersion: example.com/v1
            kind: Gadget
            metadata: {name: one}
            spec: {size: 3}
            ---
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: gadgets.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gd]}
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """.replace("\n            ", "\n"))
        assert (await cluster.one("gd"))["spec"] == {"size": 3}
        assert await cluster.kubectl("get", "gadgets", "-o", "name") == "gadget.example.com/one\n"


class Busy(Script):
    cpu = 0.5


def autoscaled() -> list[dict]:
    template = {
        "metadata": {"labels": {"app": "web"}, "annotations": {"simulated.kubewheel.dev/memory": "64Mi"}},
        "spec": {"containers": [{"name": "c", "image": "app", "resources": {"requests": {"cpu": "250m"}}}]},
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {
        "type": "Utilization", "averageUtilization": 100}}}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
         "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}},
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
         "spec": {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 4, "metrics": [metric]}},
    ]


async def test_pods_use_what_they_say_and_are_scaled_by_it():
    async def size() -> int:
        return (await cluster.get("Deployment", "web"))["spec"]["replicas"]

    async with Cluster(nodes=2) as cluster:
        cluster.simulate(Busy, labels="app=web")
        await cluster.apply(autoscaled())
        await cluster.clock.advance(minutes=2)
        assert await size() == 4  # Twice what it should use, for as long as that lasts.
        text = await cluster.kubectl("top", "pods", "--no-headers")
        assert {tuple(line.split()[1:]) for line in text.splitlines()} == {("500m", "64Mi")}
        assert "2000m" not in await cluster.kubectl("top", "nodes", "--no-headers")
        for pod in await cluster.list("Pod"):
            calm = {"metadata": {"annotations": {"simulated.kubewheel.dev/cpu": "10m"}}}
            await cluster.client.patch("Pod", pod["metadata"]["name"], calm, "default")
        await cluster.clock.advance(minutes=4)
        assert await size() == 4  # Scaling down waits for its window, by the cluster's clock.
        await cluster.clock.advance(minutes=3)
        assert await size() == 1
