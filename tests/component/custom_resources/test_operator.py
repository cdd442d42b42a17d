"""An operator written with kopf looks after a custom kind."""

import asyncio
import json
from typing import Any

import kopf
import pytest

from tests.component.custom_resources.conftest import crontab, definition
from tests.component.custom_resources.test_clients import Server, server  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


async def test_kopf(server: Server) -> None:  # noqa: F811
    await server.kubectl("create", "-f", "-", given=definition())
    registry = kopf.OperatorRegistry()
    seen = asyncio.Event()

    @kopf.on.login(registry=registry)
    def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(server=server.url)

    @kopf.on.create("stable.example.com", "v1", "crontabs", registry=registry)
    async def created(spec: Any, patch: Any, **_: Any) -> None:
        patch.status["seen"] = spec["cronSpec"]
        seen.set()

    stop, ready = asyncio.Event(), asyncio.Event()
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    operator = kopf.operator(
        registry=registry, settings=settings, standalone=True, namespaces=["default"], stop_flag=stop, ready_flag=ready,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(operator, name="operator")
        async with asyncio.timeout(20):
            await ready.wait()
            await server.kubectl("create", "-f", "-", given=crontab(cronSpec="* *"))
            await seen.wait()
            shown: dict[str, Any] = {}
            while "seen" not in shown.get("status", {}):
                shown = json.loads(await server.kubectl("get", "ct/c", "-o", "json"))
            assert shown["status"]["seen"] == "* *"
            await server.kubectl("delete", "ct", "c", "--timeout=10s")
        stop.set()
