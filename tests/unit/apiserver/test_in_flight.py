"""How many requests are let in at once."""

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.in_flight import MaxInFlight
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity, Request, Response


def exchange(verb: str, *groups: str, in_memory: bool = False) -> Exchange:
    made = Exchange(Request("GET", "/"), in_memory, RequestInfo(verb=verb, is_resource=True))
    made.identity = Identity("x", groups)
    return made


async def test_one_too_many() -> None:
    control = MaxInFlight(max_reads=1, max_writes=1)

    async def inside(_: Exchange) -> Response:
        with pytest.raises(StatusError) as caught:
            await control(exchange("get"), unreached)
        assert (caught.value.code, caught.value.headers["Retry-After"]) == (429, "1")
        assert (await control(exchange("create"), answer)).status == 200
        assert (await control(exchange("watch"), answer)).status == 200
        assert (await control(exchange("get", "system:masters"), answer)).status == 200
        assert (await control(exchange("get", in_memory=True), answer)).status == 200
        return Response()

    await control(exchange("list"), inside)
    assert (control.reads, control.writes) == (0, 0)


async def unreached(_: Exchange) -> Response:
    raise AssertionError("let in")


async def answer(_: Exchange) -> Response:
    return Response()


async def test_failures_make_room_too() -> None:
    control = MaxInFlight(max_reads=1, max_writes=1)

    async def fail(_: Exchange) -> Response:
        raise ValueError("broken")

    for verb in ("get", "create"):
        with pytest.raises(ValueError, match="broken"):
            await control(exchange(verb), fail)
    assert (control.reads, control.writes) == (0, 0)
