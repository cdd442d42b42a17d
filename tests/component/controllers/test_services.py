"""EndpointSlices and Endpoints with the real API server."""

from typing import Any


def service(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": {"team": "a"}},
        "spec": {"ports": [{"name": "http", "port": 80, "targetPort": "http"}], "selector": {"app": "web"}, **spec},
    }


def pod(name: str, port: int = 8080) -> dict[str, Any]:
    container = {"name": "c", "image": "i", "ports": [{"name": "http", "containerPort": port}]}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": [container], "nodeName": "n1"},
    }


async def slices(cluster: Any) -> list[Any]:
    found = await cluster.list("EndpointSlice.discovery.k8s.io", labels="kubernetes.io/service-name=web")
    return sorted(found, key=lambda each: str(each.get("ports")))


async def endpoints(cluster: Any) -> dict[str, Any]:
    return {
        each["targetRef"]["name"]: each["conditions"]
        for found in await slices(cluster) for each in found["endpoints"]
    }


async def test_endpoints_follow_readiness(cluster: Any) -> None:
    await cluster.add_node("n1", **{"topology.kubernetes.io/zone": "z1"})
    await cluster.create(service())
    assert [(each["endpoints"] or [], each["addressType"]) for each in await slices(cluster)] == [([], "IPv4")]
    for name in ("a", "b"):
        await cluster.create(pod(name))
        await cluster.start(name, ready=name == "a")
    await cluster.settle()
    found = await slices(cluster)
    assert len(found) == 1
    labels = found[0]["metadata"]["labels"]
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
    assert labels["team"] == "a"
    assert found[0]["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert {each["zone"] for each in found[0]["endpoints"]} == {"z1"}
    assert {name: each["ready"] for name, each in (await endpoints(cluster)).items()} == {"a": True, "b": False}
    legacy = await cluster.get("Endpoints", "web")
    assert [len(legacy["subsets"][0][name]) for name in ("addresses", "notReadyAddresses")] == [1, 1]
    await cluster.start("b")
    await cluster.settle()
    assert (await endpoints(cluster))["b"]["ready"] is True
    await cluster.delete("Pod", "a")
    assert (await endpoints(cluster))["a"] == {"ready": False, "serving": True, "terminating": True}
    await cluster.run_pods()
    assert list(await endpoints(cluster)) == ["b"]
    legacy = await cluster.get("Endpoints", "web")
    assert [each["targetRef"]["name"] for each in legacy["subsets"][0]["addresses"]] == ["b"]


async def test_different_port_numbers_behind_one_name(cluster: Any) -> None:
    await cluster.create(service())
    for name, port in (("a", 8080), ("b", 9090)):
        await cluster.create(pod(name, port))
        await cluster.start(name)
    await cluster.settle()
    assert [each["ports"][0]["port"] for each in await slices(cluster)] == [8080, 9090]


async def test_headless_service(cluster: Any) -> None:
    await cluster.create(service(clusterIP="None"))
    assert (await slices(cluster))[0]["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
    assert (await cluster.get("Endpoints", "web"))["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


async def test_changed_selector_and_deleted_slices(cluster: Any) -> None:
    await cluster.create(service())
    await cluster.create(pod("a"))
    await cluster.start("a")
    await cluster.settle()
    await cluster.delete("EndpointSlice.discovery.k8s.io", (await slices(cluster))[0]["metadata"]["name"])
    assert list(await endpoints(cluster)) == ["a"]
    await cluster.patch("Service", "web", {"spec": {"selector": {"app": "other"}}})
    assert await endpoints(cluster) == {}
    await cluster.patch("Pod", "a", {"metadata": {"labels": {"app": "other"}}})
    assert list(await endpoints(cluster)) == ["a"]


async def test_deleted_service_takes_slices_and_endpoints_along(cluster: Any) -> None:
    await cluster.create(service())
    await cluster.delete("Service", "web")
    assert await slices(cluster) == []
    assert "web" not in await cluster.names("Endpoints")


async def test_a_named_port_that_no_pod_has_is_told(cluster: Any) -> None:
    await cluster.create(service(ports=[{"port": 80, "targetPort": "nope"}]))
    await cluster.create(pod("a"))
    await cluster.start("a")
    await cluster.settle()
    assert ("TargetPortNotFound", "target port 'nope' is not a port of 1 of 1 selected pods") in await cluster.events()


async def test_endpoints_written_by_hand_are_mirrored(cluster: Any) -> None:
    await cluster.create({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]},
    })
    await cluster.create({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"},
        "subsets": [{
            "addresses": [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}], "notReadyAddresses": [{"ip": "192.0.2.3"}],
            "ports": [{"port": 8080}],
        }],
    })
    found = (await slices(cluster))[0]
    labels = found["metadata"]["labels"]
    assert labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    assert {each["addresses"][0]: each["conditions"]["ready"] for each in found["endpoints"]} == {
        "192.0.2.1": True, "192.0.2.2": True, "192.0.2.3": False,
    }
    skip = {"metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}}
    await cluster.patch("Endpoints", "web", skip)
    assert await slices(cluster) == []


async def test_more_than_a_hundred_endpoints(cluster: Any) -> None:
    await cluster.create(service())
    for number in range(120):
        await cluster.client.create(pod(f"p{number}"), namespace="default")
        await cluster.start(f"p{number}")
    await cluster.settle()
    sizes = [len(each["endpoints"]) for each in await slices(cluster)]
    assert sum(sizes) == 120
    assert max(sizes) <= 100
