"""The status writer against a scripted server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from kubewheel.api import errors
from kubewheel.api.registry import Registry
from kubewheel.client import Client
from kubewheel.kubelet.status_writer import StatusWriter, differs, patch_of
from kubewheel.libs import tasks
from kubewheel.libs.clock import RealClock
from kubewheel.libs.wire import Request, Response
from tests.unit.kubelet.build import UID, pod


class Server:
    """Answers each request with the next of `answers`, or with the pod and the status that was sent."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []
        self.revision = 10

    async def send(self, request: Request) -> Response:
        assert isinstance(request.body, bytes)
        body = orjson.loads(request.body)
        self.bodies.append(body)
        await asyncio.sleep(0)
        if self.answers:
            return self.answers.pop(0)
        self.revision += 1
        return Response(object=pod(metadata={"resourceVersion": str(self.revision)}, status=body["status"]))


@asynccontextmanager
async def writer(server: Server) -> AsyncIterator[StatusWriter]:
    found = StatusWriter(Client(server, Registry.builtin()), RealClock())
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, found.run(), name="writer")
        yield found
        task.cancel()


POD = pod(metadata={"resourceVersion": "5"})


def test_conditions_of_a_resize_pass() -> None:
    def condition(kind: str) -> dict[str, str]:
        return {"type": kind, "status": "True"}

    told = [condition("Ready"), condition("PodResizePending"), condition("Mine")]
    subject = pod(status={"conditions": told})
    wanted = {"conditions": [condition("Ready"), condition("PodResizeInProgress")]}
    assert differs({"conditions": [condition("Ready")]}, subject["status"])
    assert patch_of(subject, wanted)["status"]["conditions"] == [
        {"$patch": "delete", "type": "PodResizePending"}, condition("PodResizeInProgress"),
    ]
    assert not differs({"conditions": [condition("Ready")]}, {"conditions": [condition("Ready"), condition("Mine")]})


async def test_writes_once_and_then_only_changes() -> None:
    server = Server()
    async with writer(server) as statuses:
        statuses.publish(POD, {"phase": "Pending"})
        await statuses.settled(UID)
        statuses.publish(POD, {"phase": "Pending"})
        await statuses.settled(UID)
        statuses.publish(POD, {"phase": "Running"})
        await statuses.settled(UID)
    assert [body["status"] for body in server.bodies] == [{"phase": "Pending"}, {"phase": "Running"}]
    assert server.bodies[0]["metadata"] == {"uid": UID}


async def test_newest_wins_while_a_write_is_under_way() -> None:
    server = Server()
    async with writer(server) as statuses:
        statuses.publish(POD, {"phase": "Pending"})
        await asyncio.sleep(0.01)
        for phase in ("Running", "Failed", "Succeeded"):
            statuses.publish(POD, {"phase": phase})
        await statuses.settled(UID)
    assert [body["status"]["phase"] for body in server.bodies] == ["Pending", "Succeeded"]


@pytest.mark.parametrize("answer", [
    Response(404, object=errors.not_found("", "pods", "web").status()),
    Response(409, object=errors.conflict("", "pods", "web").status()),
])
async def test_gone_pod_ends_the_writing(answer: Response) -> None:
    server = Server(answer)
    async with writer(server) as statuses:
        statuses.publish(POD, {"phase": "Running"})
        async with asyncio.timeout(1):
            await statuses.settled(UID)
    assert len(server.bodies) == 1


async def test_server_that_fails_is_asked_again() -> None:
    server = Server(Response(503, object=errors.unavailable("soon").status()))
    async with writer(server) as statuses:
        statuses.publish(POD, {"phase": "Running"})
        async with asyncio.timeout(2):
            await statuses.settled(UID)
    assert [body["status"]["phase"] for body in server.bodies] == ["Running", "Running"]


def test_differs_ignores_what_others_wrote_and_empty_fields() -> None:
    told = {"phase": "Running", "conditions": [{"type": "Foreign", "status": "True"}], "nominatedNodeName": "x"}
    assert not differs({"phase": "Running", "conditions": []}, told)
    assert not differs({"phase": "Running", "message": "", "podIPs": []}, told)
    assert differs({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}, told)
    assert differs({"phase": "Running"}, {**told, "reason": "Evicted"})


def test_patch_names_what_is_to_go() -> None:
    told = {
        "podIPs": [{"ip": "10.0.0.1"}], "reason": "Old", "hostIPs": [{"ip": "10.9.9.9"}],
        "conditions": [{"type": "Ready", "status": "False", "message": "no", "reason": "No"},
                       {"type": "Initialized", "status": "True"}],
    }
    wanted = {
        "podIPs": [{"ip": "10.0.0.2"}], "hostIPs": [{"ip": "10.9.9.9"}],
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Initialized", "status": "True"}],
    }
    status = patch_of(pod(status=told), wanted)["status"]
    assert status == {
        "reason": None, "podIPs": [{"ip": "10.0.0.2"}, {"$patch": "delete", "ip": "10.0.0.1"}],
        "conditions": [{"type": "Ready", "status": "True", "message": None, "reason": None}],
    }
