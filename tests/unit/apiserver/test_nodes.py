"""Where nodes are reached."""

from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver import nodes
from kubewheel.libs.wire import Request


def node(port: int | None = None, **addresses: str) -> dict[str, Any]:
    status: dict[str, Any] = {"addresses": [{"type": kind, "address": each} for kind, each in addresses.items()]}
    if port:
        status["daemonEndpoints"] = {"kubeletEndpoint": {"Port": port}}
    return {"metadata": {"name": "n"}, "status": status}


def test_address() -> None:
    assert nodes.address(node(InternalIP="10.0.0.1", Hostname="n")) == ("10.0.0.1", 10250)
    assert nodes.address(node(1234, Hostname="n")) == ("n", 1234)
    with pytest.raises(StatusError, match="no preferred addresses found"):
        nodes.address(node())


async def test_no_nodes() -> None:
    with pytest.raises(StatusError, match="no connection to node n"):
        await nodes.NoNodes().send(node(), Request("GET", "/"))
