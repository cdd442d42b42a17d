"""The client's requests, and how it reads answers."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from kubewheel.api import errors
from kubewheel.api.registry import Registry
from kubewheel.client import Client
from kubewheel.libs.wire import Request, Response, WatchEvent


class Server:
    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.pop(0)


def client(*answers: Response) -> tuple[Client, Server]:
    server = Server(*answers)
    return Client(server, Registry.builtin(), "tester"), server


POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "ns"}}


async def test_get_of_namespaced_and_cluster_objects() -> None:
    tested, server = client(Response(object=POD), Response(body=b'{"kind":"Node"}'), Response(object={"kind": "D"}))
    assert await tested.get("Pod", "a", "ns") is POD
    assert await tested.get("Node", "n1") == {"kind": "Node"}
    await tested.get("Deployment.apps", "web", "ns")
    assert [request.path for request in server.requests] == [
        "/api/v1/namespaces/ns/pods/a", "/api/v1/nodes/n1", "/apis/apps/v1/namespaces/ns/deployments/web",
    ]
    assert server.requests[0].headers["user-agent"] == "tester"


async def test_errors_are_status_errors() -> None:
    tested, _ = client(
        Response(404, object=errors.not_found("", "pods", "a").status()), Response(502, body=b"bad gateway\n"),
        Response(200, body=b"no json"),
    )
    with pytest.raises(errors.StatusError, match='pods "a" not found') as refused:
        await tested.get("Pod", "a", "ns")
    assert refused.value.code == 404
    with pytest.raises(errors.StatusError, match="bad gateway") as refused:
        await tested.get("Pod", "a", "ns")
    assert refused.value.code == 502
    with pytest.raises(errors.StatusError):
        await tested.get("Pod", "a", "ns")
    with pytest.raises(errors.StatusError, match="could not find the requested resource"):
        await tested.get("Nothing", "a", "ns")


async def test_list_gives_items_their_kind() -> None:
    answer = {"metadata": {"resourceVersion": "7", "continue": "more"}, "items": [{"metadata": {"name": "a"}}, POD]}
    tested, server = client(Response(object=answer))
    found = await tested.list("Pod", labels="a=b", fields="spec.nodeName=n", limit=2)
    assert found.items == [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, POD]
    assert found.items[1] is POD
    assert (found.resource_version, found.continue_token) == ("7", "more")
    assert server.requests[0].query == {
        "labelSelector": ["a=b"], "fieldSelector": ["spec.nodeName=n"], "limit": ["2"],
    }


async def test_writes() -> None:
    tested, server = client(*[Response(object={"kind": "X"}) for _ in range(6)])
    await tested.create({**POD, "metadata": {"generateName": "a-"}}, namespace="ns", dry_run=True)
    await tested.update(POD, subresource="status")
    await tested.patch("Pod", "a", {"spec": None}, "ns", type="strategic")
    await tested.patch("Pod", "a", [{"op": "remove", "path": "/x"}], "ns", type="json")
    await tested.delete("Pod", "a", "ns", uid="u", grace_seconds=0, propagation="Background")
    await tested.create_subresource("Pod", "a", "ns", "binding", {"target": {"name": "n"}})
    sent = [(each.method, each.path, orjson.loads(bytes(each.body or b"null"))) for each in server.requests]  # type: ignore[arg-type]
    assert sent == [
        ("POST", "/api/v1/namespaces/ns/pods", {**POD, "metadata": {"generateName": "a-"}}),
        ("PUT", "/api/v1/namespaces/ns/pods/a/status", POD),
        ("PATCH", "/api/v1/namespaces/ns/pods/a", {"spec": None}),
        ("PATCH", "/api/v1/namespaces/ns/pods/a", [{"op": "remove", "path": "/x"}]),
        ("DELETE", "/api/v1/namespaces/ns/pods/a", {
            "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "u"}, "gracePeriodSeconds": 0,
            "propagationPolicy": "Background",
        }),
        ("POST", "/api/v1/namespaces/ns/pods/a/binding", {"target": {"name": "n"}}),
    ]
    assert server.requests[0].query == {"dryRun": ["All"]}
    assert server.requests[2].headers["content-type"] == "application/strategic-merge-patch+json"


async def test_update_goes_to_the_version_that_the_object_names() -> None:
    tested, server = client(Response(object={"kind": "X"}))
    await tested.update({
        "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h", "namespace": "n"},
    })
    assert server.requests[0].path == "/apis/autoscaling/v1/namespaces/n/horizontalpodautoscalers/h"


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_watch_reads_lines_however_they_are_cut() -> None:
    first = b'{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n'
    second = b'{"type":"MODIFIED","object":{"metadata":{"name":"b"}}}\n'
    tested, server = client(Response(chunks=chunks(first[:7], first[7:] + second[:9], second[9:-1], b"\n\n")))
    watch = tested.watch("Pod", resource_version="3")
    found = [(event.type, event.object["metadata"]["name"]) async for event in watch]
    assert found == [("ADDED", "a"), ("MODIFIED", "b")]
    assert server.requests[0].query == {"watch": ["true"], "allowWatchBookmarks": ["true"], "resourceVersion": ["3"]}


async def test_watch_cut_in_a_line_is_a_broken_connection() -> None:
    tested, _ = client(Response(chunks=chunks(b'{"type":"ADDED","ob')))
    with pytest.raises(ConnectionError):
        _ = [event async for event in tested.watch("Pod")]


async def test_watch_refused_and_watch_ended_by_an_error() -> None:
    async def events() -> AsyncIterator[WatchEvent]:
        yield WatchEvent("ADDED", POD)
        yield WatchEvent("ERROR", errors.expired("too old").status())

    tested, _ = client(Response(403, object=errors.forbidden("", "pods", "", "no").status()), Response(events=events()))
    with pytest.raises(errors.StatusError, match="forbidden"):
        _ = [event async for event in tested.watch("Pod")]
    watch = tested.watch("Pod")
    assert (await anext(watch)).object is POD
    with pytest.raises(errors.StatusError, match="too old"):
        await anext(watch)
