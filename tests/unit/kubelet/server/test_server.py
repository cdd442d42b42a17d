"""The routes of the node's server: reports, refusals, logs."""

import pytest

from kubewheel.kubelet.server import Access, Equipment, KubeletServer
from kubewheel.kubelet.simulated.runtime import SimulatedRuntime
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request
from tests.unit.kubelet.server import fake_api, streams_client
from tests.unit.kubelet.server.streams_client import ask, text

QUERY = {"output": ["1"], "command": ["hostname"]}


async def test_reports():
    server, _ = await fake_api.make_server(fake_api.make_pod(), clock=SteppedClock())
    assert await text(await ask(server, "/healthz")) == "ok"
    for path in ("/pods", "/pods/", "/runningpods/"):
        found = (await ask(server, path)).object
        assert found is not None
        assert found["kind"] == "PodList"
        assert [pod["metadata"]["name"] for pod in found["items"]] == ["web"]
    assert 'kubelet_node_name{node="node-0"} 1' in await text(await ask(server, "/metrics"))
    resource = await text(await ask(server, "/metrics/resource"))
    assert 'container_memory_working_set_bytes{container="main",namespace="default",pod="web"} 8388608' in resource
    assert "node_cpu_usage_seconds_total 5.0" in resource


async def test_summary():
    clock = SteppedClock()
    server, _ = await fake_api.make_server(fake_api.make_pod(), clock=clock)
    clock.advance(1000)
    summary = (await ask(server, "/stats/summary")).object
    assert summary is not None
    assert summary["node"]["nodeName"] == "node-0"
    pod = summary["pods"][0]
    assert pod["podRef"] == {"name": "web", "namespace": "default", "uid": "uid-web"}
    assert pod["cpu"]["usageCoreNanoSeconds"] == pod["containers"][0]["cpu"]["usageCoreNanoSeconds"] == 1_000_000_000


@pytest.mark.parametrize(
    ("path", "query", "status", "message"),
    [
        ("/nothing", {}, 404, "404 page not found"),
        ("/pods/x", {}, 404, "404 page not found"),
        ("/containerLogs/default/nope/main", {}, 404, 'pod "nope" does not exist'),
        ("/containerLogs/default/web/nope", {}, 404, 'container "nope" not found in pod "web"'),
        ("/containerLogs/default/web/main", {"tailLines": ["x"]}, 400, '{"message": "Unable to decode query."}'),
        ("/containerLogs/default/web/main", {"tailLines": ["-1"]}, 422, '{"message": "Invalid request."}'),
        ("/containerLogs/default/web/main", {"previous": ["true"]}, 400,
         'previous terminated container "main" in pod "web" not found'),
        ("/exec/default/nope/main", QUERY, 404, "pod does not exist"),
        ("/exec/default/web/nope", QUERY, 500, 'container not found ("nope")'),
        ("/exec/default/web/other-uid/main", QUERY, 404, "pod does not exist"),
        ("/exec/default/web/main", {}, 400, "you must specify at least 1 of stdin, stdout, stderr"),
        ("/exec/default/web/main", QUERY, 400, "unable to upgrade: missing upgrade headers in request"),
        ("/portForward/default/nope", {}, 404, "pod does not exist"),
    ],
)
async def test_refusals(path: str, query: dict[str, list[str]], status: int, message: str):
    server, _ = await fake_api.make_server(fake_api.make_pod())
    answer = await ask(server, path, query)
    assert answer.status == status
    assert message in await text(answer)


async def test_methods_are_checked():
    server, _ = await fake_api.make_server()
    assert (await ask(server, "/pods", method="POST")).status == 405


async def test_protocols_must_be_known():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    socket = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-key": "x"}
    for headers, status in (
        ({**streams_client.SPDY}, 400),
        ({**streams_client.SPDY, "x-stream-protocol-version": "v9.channel.k8s.io"}, 403),
        ({**socket, "sec-websocket-version": "13", "sec-websocket-protocol": "v9.channel.k8s.io"}, 403),
        ({**socket, "sec-websocket-version": "8"}, 426),
    ):
        assert (await ask(server, "/exec/default/web/main", QUERY, **headers)).status == status


async def test_run_answers_with_the_output():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    answer = await ask(server, "/run/default/web/main", {"cmd": ["echo hello"]}, method="POST")
    assert (answer.status, await text(answer)) == (200, "hello\n")
    answer = await ask(server, "/run/default/web/main", {"cmd": ["false"]}, method="POST")
    assert (answer.status, await text(answer)) == (500, "command 'false' exited with 1: ")


async def test_logs():
    clock = SteppedClock()
    server, runtime = await fake_api.make_server(fake_api.make_pod(log="one\ntwo", log_every="10"), clock=clock)
    clock.advance(25)
    assert await text(await ask(server, "/containerLogs/default/web/main")) == "one\ntwo\ntick 1\ntick 2\n"
    tail = await ask(server, "/containerLogs/default/web/main", {"tailLines": ["1"], "timestamps": ["true"]})
    assert await text(tail) == "2027-01-15T08:00:20.000000000Z tick 2\n"
    recent = await ask(server, "/containerLogs/default/web/main", {"sinceSeconds": ["6"], "limitBytes": ["4"]})
    assert await text(recent) == "tick"
    container = (await runtime.list_containers())[0]
    await runtime.stop_container(container.id, 0)
    followed = await ask(server, "/containerLogs/default/web/main", {"follow": ["true"], "tailLines": ["1"]})
    assert await text(followed) == "tick 2\n"


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"waiting": {"reason": "ImagePullBackOff"}}, "is waiting to start: trying and failing to pull image"),
        ({"waiting": {"reason": "ErrImagePull"}}, "is waiting to start: image can't be pulled"),
        ({"waiting": {"reason": "ContainerCreating"}}, "is waiting to start: ContainerCreating"),
        ({"terminated": {}}, "is terminated"),
    ],
)
async def test_why_there_is_no_log(state: dict[str, object], message: str):
    pod = fake_api.make_pod()
    pod["status"]["containerStatuses"][0]["state"] = state
    clock = SteppedClock()
    runtime = SimulatedRuntime(clock)
    server = KubeletServer(Equipment(fake_api.FakeNode([pod]), runtime, runtime, fake_api.allow, clock))
    answer = await ask(server, "/containerLogs/default/web/main")
    assert (answer.status, await text(answer)) == (400, f'container "main" in pod "web" {message}')


async def test_logs_of_the_previous_container():
    clock = SteppedClock()
    pod = fake_api.make_pod(log="first life")
    server, runtime = await fake_api.make_server(pod, clock=clock)
    await runtime.stop_container((await runtime.list_containers())[0].id, 0)
    pod["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
    answer = await ask(server, "/containerLogs/default/web/main", {"previous": ["true"]})
    assert await text(answer) == "first life\n"


async def test_access_is_checked_first():
    async def create(review: dict[str, object]) -> dict[str, object]:
        return {**review, "status": {"allowed": False}}

    clock = SteppedClock()
    runtime = SimulatedRuntime(clock)
    access = Access(create, "node-0", clock)  # type: ignore[arg-type]
    server = KubeletServer(Equipment(fake_api.FakeNode([]), runtime, runtime, access.check, clock))
    assert (await ask(server, "/pods")).status == 401
    answer = await server.handle(Request("GET", "/pods", identity=Identity("eve")))
    assert (answer.status, await text(answer)) == (
        403, "Forbidden (user=eve, verb=get, resource=nodes, subresource(s)=[pods proxy])\n",
    )
