"""Events: their form, their counting, and what happens when there are too many."""

import asyncio
from typing import Any

import orjson

from kubewheel.api import errors
from kubewheel.api.registry import Registry
from kubewheel.client import Client, Recorder
from kubewheel.client.correlation import COMBINED, Correlator
from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Request, Response

POD: dict[str, Any] = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "7"},
}


class Server:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []
        self.missing = False

    async def send(self, request: Request) -> Response:
        assert isinstance(request.body, bytes)
        self.sent.append((request.method, request.path, orjson.loads(request.body)))
        if self.missing and request.method == "PATCH":
            return Response(404, object=errors.not_found("", "events", "x").status())
        return Response(object={"kind": "Event"})


async def record(server: Server, clock: SteppedClock, *messages: str) -> None:
    recorder = Recorder(Client(server, Registry.builtin()), "tester", "n1", clock=clock)
    for message in messages:
        recorder.event(POD, "Warning", "Odd", message)
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, recorder.run(), name="recorder")
        while not recorder.idle:
            await asyncio.sleep(0)
        task.cancel()


async def test_form_of_an_event() -> None:
    server, clock = Server(), SteppedClock(1_800_000_000.5)
    await record(server, clock, "it is odd")
    method, path, event = server.sent[0]
    assert (method, path) == ("POST", "/api/v1/namespaces/shop/events")
    assert event == {
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"namespace": "shop", "name": f"web.{1_800_000_000_500_000_000:x}"},
        "involvedObject": {
            "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web", "uid": "u1", "resourceVersion": "7",
        },
        "type": "Warning", "reason": "Odd", "message": "it is odd", "count": 1,
        "source": {"component": "tester", "host": "n1"},
        "firstTimestamp": "2027-01-15T08:00:00Z", "lastTimestamp": "2027-01-15T08:00:00Z",
        "reportingComponent": "tester", "reportingInstance": "n1",
    }


async def test_repeats_are_counted() -> None:
    server = Server()
    await record(server, SteppedClock(), "same", "same", "other", "same")
    assert [(method, body["count"], body["message"]) for method, _, body in server.sent] == [
        ("POST", 1, "same"), ("PATCH", 2, "same"), ("POST", 1, "other"), ("PATCH", 3, "same"),
    ]
    assert len({server.sent[0][2]["metadata"]["name"], server.sent[2][2]["metadata"]["name"]}) == 2


async def test_expired_event_is_made_anew_with_its_count() -> None:
    server = Server()
    server.missing = True
    await record(server, SteppedClock(), "same", "same")
    assert [(method, body["count"]) for method, _, body in server.sent] == [("POST", 1), ("PATCH", 2), ("POST", 2)]


async def test_full_queue_drops_the_oldest() -> None:
    recorder = Recorder(Client(Server(), Registry.builtin()), "tester", clock=SteppedClock())
    for number in range(1100):
        recorder.event(POD, "Normal", "R", str(number))
    assert len(recorder._queue) == 1000
    assert recorder._queue[0]["message"] == "100"


def event(message: str, name: str = "web") -> dict[str, Any]:
    return {
        "involvedObject": {"kind": "Pod", "name": name}, "source": {"component": "c"}, "type": "Normal",
        "reason": "R", "message": message,
    }


def test_similar_messages_are_combined_after_ten() -> None:
    correlator = Correlator()
    verdicts = [correlator.judge(event(f"m{number}"), 0.0) for number in range(12)]
    assert verdicts[8].message == "m8"
    assert verdicts[9].message == COMBINED + "m9"
    assert verdicts[11].seen is verdicts[9].seen
    assert verdicts[11].seen is not None
    assert verdicts[11].seen.count == 3


def test_spam_is_dropped_for_one_object_only() -> None:
    correlator = Correlator()
    passed = [correlator.judge(event("m"), 0.0).seen for _ in range(30)]
    assert sum(seen is not None for seen in passed) == 25
    assert correlator.judge(event("m", "other"), 0.0).seen is not None
    assert correlator.judge(event("m"), 301.0).seen is not None
    assert correlator.judge(event("m"), 301.0).seen is None
