"""APIs of other servers, behind this one: what clients see of them."""

import asyncio
import base64
import datetime
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.settings import FrontProxy, ProxyClient, ServiceAccountKeys
from kubewheel.client import Client
from kubewheel.controllers import ControllersSettings, prepare, run_engine
from kubewheel.libs import tls
from kubewheel.libs.clock import RealClock
from kubewheel.libs.http_client import HttpTransport
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Identity, Request
from kubewheel.storage import Key
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver import sample_server as sample
from tests.component.apiserver.conftest import ADMIN, KEY, Cluster, content
from tests.component.apiserver.sample_server import BASE, FLUNDERS, NAMESPACE, SampleServer

API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
SAMPLE = f"{API_SERVICES}/v1alpha1.wardle.example.com"
SLICE = Key("endpointslices.discovery.k8s.io", NAMESPACE, "sample-api-1")
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
BOB = Identity("bob", ("dev", "qa"), "17", {"example.com/Team": ("a", "b")})


class Site(Cluster):
    """A server, the sample server that it aggregates, and ways to ask for it."""

    sample: SampleServer
    folder: Path
    listener: Listener

    async def get(self, path: str, **query: str) -> Any:
        """Return the object at `path`, whoever serves it."""
        response = await self.ask("GET", path, **query)
        if response.chunks is not None:
            return orjson.loads(b"".join([chunk async for chunk in response.chunks]))
        return content(response)

    async def write_slice(self, value: dict[str, Any] | None) -> None:
        """Write the slice as a controller would; through the API it could not have a loopback address."""
        store = self.server.backend.store
        entry = store.get(SLICE)
        await store.write(SLICE, value, expected=entry.revision if entry else 0)

    async def register(self, **spec: Any) -> None:
        """Put the sample server behind this one, and wait until it is there."""
        await self.create(API_SERVICES, sample.api_service(**spec))
        await self.until("Passed")

    async def until(self, reason: str) -> Any:
        """Return the condition of the APIService once it has `reason`."""
        async with asyncio.timeout(10):
            while True:
                found = (await self.get(SAMPLE)).get("status", {}).get("conditions") or [{}]
                if found[0].get("reason") == reason:
                    return found[0]
                await asyncio.sleep(0.005)

    async def kubectl(self, *words: str) -> str:
        config = self.folder / "kubeconfig"
        server = {"server": f"https://127.0.0.1:{self.listener.port}",
                  "certificate-authority": str(self.folder / "ca.crt")}
        config.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "x", "cluster": server}], "users": [{"name": "x", "user": {"token": "admin"}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        }))
        program = Path(sys.executable).with_name("kubectl")
        done = await asyncio.to_thread(
            subprocess.run, [program, "--kubeconfig", config, "--cache-dir", self.folder / "cache", *words],
            capture_output=True, text=True, timeout=30, check=False,
        )
        return done.stdout + done.stderr


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    for name, data in sample.identities().items():
        (tmp_path / name).write_bytes(data)
    settings = ApiServerSettings(
        tokens={"admin": ADMIN, "bob": BOB, "eve": Identity("eve")}, service_account_keys=ServiceAccountKeys(KEY),
        client_ca=sample.identities()["ca.crt"],
        front_proxy=FrontProxy(sample.identities()["front-proxy-ca.crt"], ("front-proxy-client",)),
        proxy_client=ProxyClient(str(tmp_path / "client.crt"), str(tmp_path / "client.key")),
    )
    server = ApiServer(MemoryStore(), Registry.builtin(), settings, RealClock())
    await server.bootstrap()
    made = Site(server, RealClock())  # type: ignore[arg-type]
    made.sample, made.folder = SampleServer(), tmp_path
    await made.sample.start(tmp_path)
    context = tls.server_context(
        tmp_path / "server.crt", tmp_path / "server.key", tmp_path / "ca.crt", tmp_path / "front-proxy-ca.crt"
    )
    made.listener = await server.serve(host="127.0.0.1", port=0, ssl_context=context)
    await made.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    await made.create(f"/api/v1/namespaces/{NAMESPACE}/services", sample.service())
    await made.write_slice(sample.endpoint_slice(made.sample.port))
    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            running = group.create_task(server.run(), name="server")
            yield made
            running.cancel()
    await made.listener.close(grace_seconds=0.0)
    await made.sample.stop()


async def discovered(site: Site) -> dict[str, dict[str, Any]]:
    """Return the versions of the sample's group in aggregated discovery."""
    document = content(await site.ask("GET", "/apis", headers={"accept": AGGREGATED}))
    found = [each for each in document["items"] if each["metadata"]["name"] == sample.GROUP]
    return {each["version"]: each for group in found for each in group["versions"]}


@pytest.mark.conformance("aggregator-supports-the-sample-apiserver")
async def test_the_sample_server_with_kubectl(site: Site) -> None:
    """Aggregator: supports the sample API server."""
    await site.register()
    shown = await site.kubectl("get", "apiservices")
    rows = {line.split()[0]: line.split()[1:3] for line in shown.splitlines()}
    assert rows["v1alpha1.wardle.example.com"] == ["sample-system/sample-api", "True"]
    assert rows["v1.apps"] == ["Local", "True"]
    manifest = site.folder / "flunder.yaml"
    manifest.write_text(yaml.safe_dump({"apiVersion": sample.API, "kind": "Flunder", "metadata": {"name": "one"}}))
    assert await site.kubectl("create", "-f", str(manifest)) == "flunder.wardle.example.com/one created\n"
    assert "one" in await site.kubectl("get", "fl", "--all-namespaces")
    assert "A flunder of the sample server." in await site.kubectl("explain", "flunders")
    assert "flunders" in await site.kubectl("api-resources", "--api-group", sample.GROUP)
    await site.kubectl("label", "apiservice", "v1alpha1.wardle.example.com", "e2e=sample")
    assert (await site.get(API_SERVICES, labelSelector="e2e=sample"))["items"][0]["metadata"]["labels"] == {
        "e2e": "sample"
    }
    assert 'flunder.wardle.example.com "one" deleted' in await site.kubectl("delete", "flunder", "one")
    assert (await site.get(FLUNDERS))["items"] == []
    await site.kubectl("delete", "apiservice", "v1alpha1.wardle.example.com")
    assert "the server could not find the requested resource" in await site.kubectl("get", "flunders")


async def test_versions_of_this_server_have_api_services(site: Site) -> None:
    found = {each["metadata"]["name"]: each for each in (await site.get(API_SERVICES))["items"]}
    assert found["v1."]["spec"] == {"version": "v1", "groupPriorityMinimum": 18000, "versionPriority": 1}
    assert found["v2.autoscaling"]["spec"]["versionPriority"] == 30
    assert found["v1.apps"]["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
    assert found["v1.apps"]["status"]["conditions"][0]["reason"] == "Local"
    assert "v1.apiregistration.k8s.io" not in found


async def test_custom_resources_have_api_services_as_long_as_they_are_served(site: Site) -> None:
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    schema = {"openAPIV3Schema": {"type": "object"}}
    await site.create(definitions, {"metadata": {"name": "cars.example.com"}, "spec": {
        "group": "example.com", "scope": "Cluster", "names": {"plural": "cars", "kind": "Car"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }})
    path = f"{API_SERVICES}/v1.example.com"

    async def until(status: int) -> Any:
        async with asyncio.timeout(5):
            while (response := await site.ask("GET", path)).status != status:
                await asyncio.sleep(0.002)
        return content(response)

    made = await until(200)
    assert made["spec"] == {
        "group": "example.com", "version": "v1", "groupPriorityMinimum": 1000, "versionPriority": 100,
    }
    await site.patch(path, {"spec": {"versionPriority": 7}})
    await site.ask("DELETE", path)
    async with asyncio.timeout(5):
        while (found := await site.ask("GET", path)).status != 200:
            await asyncio.sleep(0.002)
    assert content(found)["spec"]["versionPriority"] == 100
    await site.ask("DELETE", f"{definitions}/cars.example.com")
    await until(404)


async def test_what_another_server_served_can_become_local(site: Site) -> None:
    await site.register()
    await site.patch(SAMPLE, {"spec": {"service": None, "caBundle": None}})
    assert (await site.until("Local"))["message"] == "Local APIServices are always available"
    assert (await site.ask("GET", FLUNDERS)).status == 404
    assert await discovered(site) == {}


async def test_a_restart_puts_labelled_api_services_right(site: Site) -> None:
    path = f"{API_SERVICES}/v1.batch"
    await site.patch(path, {"spec": {"versionPriority": 3}})
    unlabelled = {"metadata": {"labels": None}, "spec": {"versionPriority": 3}}
    await site.patch(f"{API_SERVICES}/v1.apps", unlabelled)
    assert (await site.get(path))["spec"]["versionPriority"] == 3
    await site.server.bootstrap()
    assert (await site.get(path))["spec"]["versionPriority"] == 15
    assert (await site.get(f"{API_SERVICES}/v1.apps"))["spec"]["versionPriority"] == 3


async def test_the_user_travels_in_headers_that_nobody_can_forge(site: Site) -> None:
    await site.register()
    await site.create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "metadata": {"name": "bob"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                                 "name": "cluster-admin"},
        "subjects": [{"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"}],
    })
    forged = {"x-remote-user": "root", "x-remote-group": "system:masters", "x-remote-extra-scopes": "all",
              "x-remote-uid": "0", "x-custom": "kept"}
    assert (await site.ask("GET", FLUNDERS, token="bob", headers=forged)).status == 200
    headers = site.sample.asked[-1].headers
    assert (headers["x-remote-user"], headers["x-remote-uid"], headers["x-custom"]) == ("bob", "17", "kept")
    assert headers.repeated["x-remote-group"] == ["dev", "qa", "system:authenticated"]
    assert headers.repeated["x-remote-extra-example.com%2fteam"] == ["a", "b"]
    assert "x-remote-extra-scopes" not in headers
    assert "authorization" not in headers


async def test_this_server_decides_who_may(site: Site) -> None:
    await site.register()
    before = len(site.sample.asked)
    response = await site.ask("GET", FLUNDERS, token="eve")
    assert (response.status, content(response)["message"]) == (403, (
        'flunders.wardle.example.com is forbidden: User "eve" cannot list resource "flunders" in API group '
        '"wardle.example.com" in the namespace "default"'
    ))
    assert len(site.sample.asked) == before


async def test_users_of_this_server_behind_another_front_proxy(site: Site) -> None:
    context = tls.client_context(site.folder / "ca.crt", site.folder / "client.crt", site.folder / "client.key")
    transport = HttpTransport(f"https://127.0.0.1:{site.listener.port}", context)
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    try:
        headers = {"x-remote-user": "carol", "x-remote-group": "ops", "x-remote-uid": "9"}
        response = await transport.send(Request("POST", path, headers=headers, body={}))
    finally:
        await transport.close()
    assert response.object is not None
    user = response.object["status"]["userInfo"]
    assert (user["username"], user["uid"], user["groups"]) == ("carol", "9", ["ops", "system:authenticated"])


async def test_what_extension_servers_read_of_this_one(site: Site) -> None:
    path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
    data = (await site.get(path))["data"]
    assert data["client-ca-file"].encode() == sample.identities()["ca.crt"]
    assert data["requestheader-client-ca-file"].encode() == sample.identities()["front-proxy-ca.crt"]
    assert {name: value for name, value in data.items() if not name.endswith("ca-file")} == {
        "requestheader-allowed-names": '["front-proxy-client"]',
        "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
        "requestheader-group-headers": '["X-Remote-Group"]', "requestheader-uid-headers": '["X-Remote-Uid"]',
        "requestheader-username-headers": '["X-Remote-User"]',
    }
    role = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/extension-apiserver-authentication-reader"
    assert (await site.get(role))["rules"][0]["resourceNames"] == ["extension-apiserver-authentication"]


async def test_what_extension_servers_read_comes_back(cluster: Cluster) -> None:
    path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
    async with asyncio.TaskGroup() as group:
        running = group.create_task(cluster.server.run(), name="server")
        assert (await cluster.ask("DELETE", path)).status == 200
        async with asyncio.timeout(5):
            while (await cluster.ask("GET", path)).status != 200:
                cluster.clock.advance(61)
                await asyncio.sleep(0)
        running.cancel()


async def test_unavailable_until_all_is_there(site: Site) -> None:
    await site.ask("DELETE", f"/api/v1/namespaces/{NAMESPACE}/services/sample-api")
    await site.write_slice(None)
    await site.create(API_SERVICES, sample.api_service())
    assert await site.until("ServiceNotFound") | {"lastTransitionTime": ""} == {
        "type": "Available", "status": "False", "reason": "ServiceNotFound", "lastTransitionTime": "",
        "message": 'service/sample-api in "sample-system" is not present',
    }
    response = await site.ask("GET", FLUNDERS)
    assert (response.status, response.body) == (503, b"service unavailable\n")
    services = f"/api/v1/namespaces/{NAMESPACE}/services"
    await site.create(services, {**sample.service(), "spec": {"ports": [{"port": 1}]}})
    assert (await site.until("ServicePortError"))["message"] == (
        'service/sample-api in "sample-system" is not listening on port 7443'
    )
    await site.patch(f"{services}/sample-api", {"spec": sample.service()["spec"]})
    assert (await site.until("EndpointsNotFound"))["message"] == (
        'cannot find endpointslices for service/sample-api in "sample-system"'
    )
    await site.write_slice(sample.endpoint_slice(site.sample.port, ready=False))
    assert (await site.until("MissingEndpoints"))["message"] == (
        'endpointslices for service/sample-api in "sample-system" have no addresses with port name ""'
    )
    await site.write_slice(sample.endpoint_slice(site.sample.port))
    assert (await site.until("Passed"))["message"] == "all checks passed"
    assert (await site.ask("GET", FLUNDERS)).status == 200


async def test_a_server_that_fails_is_stale_and_comes_back(site: Site) -> None:
    await site.register()
    assert (await discovered(site))["v1alpha1"]["freshness"] == "Current"
    site.sample.broken = 500
    await site.write_slice(sample.endpoint_slice(site.sample.port))
    message = (await site.until("FailedDiscoveryCheck"))["message"]
    url = f"https://127.0.0.1:{site.sample.port}{BASE}"
    assert message == f"failing or missing response from {url}: bad status from {url}: 500"
    stale = (await discovered(site))["v1alpha1"]
    assert (stale["freshness"], stale["resources"][0]["resource"]) == ("Stale", "flunders")
    metrics = (await site.ask("GET", "/metrics")).body
    assert b'aggregator_unavailable_apiservice{name="v1alpha1.wardle.example.com"} 1' in (metrics or b"")
    site.sample.broken = 0
    await site.until("Passed")
    assert (await discovered(site))["v1alpha1"]["freshness"] == "Current"


async def test_a_server_that_does_not_listen(site: Site) -> None:
    await site.register()
    await site.sample.stop()
    response = await site.ask("GET", FLUNDERS)
    assert response.status == 503
    assert (response.body or b"").startswith(b"error trying to reach service: ")


@pytest.mark.parametrize("has_aggregated", [True, False], ids=["aggregated", "older"])
async def test_discovery_shows_all_servers_as_one(site: Site, has_aggregated: bool) -> None:
    site.sample.has_aggregated = has_aggregated
    await site.register()
    version = (await discovered(site))["v1alpha1"]
    assert version["resources"][0]["responseKind"] == {"group": sample.GROUP, "version": "v1alpha1", "kind": "Flunder"}
    assert version["resources"][0]["scope"] == "Namespaced"
    groups = [each["name"] for each in (await site.get("/apis"))["groups"]]
    assert (groups[0], groups[-1]) == ("apiregistration.k8s.io", sample.GROUP)
    assert (await site.get(f"/apis/{sample.GROUP}"))["preferredVersion"] == {
        "groupVersion": sample.API, "version": "v1alpha1",
    }
    assert (await site.get(BASE))["resources"][0]["name"] == "flunders"
    answer = await site.ask("GET", "/apis", headers={"accept": AGGREGATED})
    again = await site.ask("GET", "/apis", headers={"accept": AGGREGATED, "if-none-match": answer.headers["ETag"]})
    assert again.status == 304
    await site.ask("DELETE", SAMPLE)
    assert sample.GROUP not in [each["name"] for each in (await site.get("/apis"))["groups"]]
    assert (await site.ask("GET", FLUNDERS)).status == 404


async def test_openapi_of_all_servers(site: Site) -> None:
    await site.register()
    paths = (await site.get("/openapi/v3"))["paths"]
    assert paths[BASE[1:]]["serverRelativeURL"] == f"/openapi/v3{BASE}?hash=1"
    assert "api/v1" in paths
    document = await site.get(f"/openapi/v3{BASE}")
    assert "com.example.wardle.v1alpha1.Flunder" in document["components"]["schemas"]
    whole = await site.get("/openapi/v2")
    assert whole["definitions"]["com.example.wardle.v1alpha1.Flunder"] == sample.SCHEMA
    assert f"{BASE}/flunders" in whole["paths"]
    assert "/healthz" not in whole["paths"]
    assert "unused" not in whole["definitions"]
    assert "/api/v1/pods" in whole["paths"]


async def test_watches_pass_through(site: Site) -> None:
    await site.register()
    response = await site.ask("GET", f"{FLUNDERS}?watch=true")
    assert response.chunks is not None
    await site.ask("POST", FLUNDERS, {"metadata": {"name": "one"}})
    event = orjson.loads(await anext(aiter(response.chunks)))
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "one")
    await response.chunks.aclose()  # type: ignore[attr-defined]


async def test_taken_over_connections_pass_through(site: Site) -> None:
    await site.register()
    context = tls.client_context(site.folder / "ca.crt")
    headers = {"authorization": "Bearer admin", "connection": "Upgrade", "upgrade": "echo"}
    transport = HttpTransport(f"https://127.0.0.1:{site.listener.port}", context, headers)
    try:
        response = await transport.send(Request("GET", f"{FLUNDERS}/one/connect"))
        assert response.connection is not None
        await response.connection.write(b"hello")
        assert await response.connection.read() == b"HELLO"
        await response.connection.close()
    finally:
        await transport.close()


async def test_whom_this_server_trusts(site: Site) -> None:
    other = tls.make_authority("other", datetime.datetime.now(datetime.UTC), 1)
    await site.register(caBundle=base64.b64encode(other.certificate_pem()).decode())
    assert (await site.ask("GET", FLUNDERS)).status == 503
    await site.patch(SAMPLE, {"spec": {"caBundle": None, "insecureSkipTLSVerify": True}})
    assert (await site.ask("GET", FLUNDERS)).status == 200


async def test_a_namespace_is_emptied_of_what_other_servers_hold(site: Site) -> None:
    await site.register()
    registry = site.server.backend.registry
    client = Client(site.server.transport(Identity("system:kube-controller-manager", ("system:masters",))), registry)
    wanted = ControllersSettings(client_for=lambda _: client, enabled=("namespace-controller",))
    await site.create("/api/v1/namespaces", {"metadata": {"name": "doomed"}})
    await site.ask("POST", f"{BASE}/namespaces/doomed/flunders", {"metadata": {"name": "one"}})
    site.sample.broken = 503
    await site.write_slice(sample.endpoint_slice(site.sample.port))
    await site.until("FailedDiscoveryCheck")
    async with asyncio.TaskGroup() as group:
        engine = group.create_task(run_engine(prepare(client, clock=RealClock(), settings=wanted)))
        await site.ask("DELETE", "/api/v1/namespaces/doomed")
        found = {}
        async with asyncio.timeout(5):
            while "NamespaceDeletionDiscoveryFailure" not in found:
                status = (await site.get("/api/v1/namespaces/doomed")).get("status", {})
                found = {each["type"]: each for each in status.get("conditions") or ()}
                await asyncio.sleep(0.005)
        failure = found["NamespaceDeletionDiscoveryFailure"]
        assert (failure["status"], failure["reason"], failure["message"]) == ("True", "DiscoveryFailed", (
            "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: "
            "wardle.example.com/v1alpha1: stale GroupVersion discovery: wardle.example.com/v1alpha1"
        ))
        site.sample.broken = 0
        await site.until("Passed")
        await site.patch("/api/v1/namespaces/doomed", {"metadata": {"labels": {"look": "again"}}})
        async with asyncio.timeout(10):
            while (await site.ask("GET", "/api/v1/namespaces/doomed")).status != 404:
                await asyncio.sleep(0.005)
        engine.cancel()
    assert site.sample.flunders == {}
