"""How long a request may take."""

import asyncio

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.deadline import Deadline
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Request, Response


def exchange(verb: str) -> Exchange:
    return Exchange(Request("GET", "/"), info=RequestInfo(verb=verb, is_resource=True))


async def hang(_: Exchange) -> Response:
    await asyncio.sleep(0.02)
    return Response()


async def test_slow_write_is_given_up() -> None:
    with pytest.raises(StatusError, match="did not complete within the allotted timeout") as caught:
        await Deadline(0.001)(exchange("create"), hang)
    assert caught.value.code == 504


async def test_streams_may_last() -> None:
    assert (await Deadline(0.001)(exchange("watch"), hang)).status == 200


async def test_timeouts_inside_are_not_ours() -> None:
    async def fail(_: Exchange) -> Response:
        raise TimeoutError("of somebody else")

    with pytest.raises(TimeoutError, match="somebody else"):
        await Deadline(1)(exchange("create"), fail)
