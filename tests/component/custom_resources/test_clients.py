"""Real clients and a custom kind: kubectl, and the official Python client."""

import asyncio
import json
import os
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes
import pytest
import urllib3

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import RealClock
from kubewheel.storage.memory import MemoryStore
from tests.component.custom_resources.conftest import crontab, definition

pytestmark = pytest.mark.slow
KUBECTL = Path(sys.executable).with_name("kubectl")


@dataclass
class Server:
    """A server on a port, and kubectl pointed at it."""

    url: str
    home: Path

    async def kubectl(self, *arguments: str, given: Any = None, fails: bool = False) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": "/dev/null"}
        process = await asyncio.create_subprocess_exec(
            str(KUBECTL), "--server", self.url, *arguments, env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate(json.dumps(given).encode() if given is not None else None)
        assert (process.returncode != 0) is fails, output.decode()
        return output.decode()

    async def read(self, path: str) -> bytes:
        """Return what is at a path, without starting a process for it."""
        return (await asyncio.to_thread(urllib3.request, "GET", self.url + path)).data

    async def ask(self, path: str) -> int:
        """Return the status of the answer for a path."""
        return (await asyncio.to_thread(urllib3.request, "GET", self.url + path)).status


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = ApiServerSettings(authorization_mode=("AlwaysAllow",))  # kubectl keeps tokens to itself without TLS.
    made = ApiServer(MemoryStore(), Registry.builtin(), settings, RealClock(), randomness=random.Random(1))
    await made.bootstrap()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(made.run(), name="server")
        listener = await made.serve(host="127.0.0.1", port=0, ssl_context=None)
        yield Server(f"http://127.0.0.1:{listener.port}", tmp_path)
        await listener.close()
        running.cancel()


async def test_kubectl(server: Server) -> None:
    body = definition(
        {"type": "object", "description": "What is wanted.", "properties": {
            "cronSpec": {"type": "string", "description": "When it runs."}, "replicas": {"type": "integer"},
        }},
        additionalPrinterColumns=[{"name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec"}],
        subresources={"scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
    )
    await server.kubectl("create", "-f", "-", given=body)
    waited = await server.kubectl("wait", "--for=condition=established", "crd", "--all", "--timeout=10s")
    assert "condition met" in waited
    created = await server.kubectl("apply", "-f", "-", given=crontab(cronSpec="* *", replicas=1))
    assert created == "crontab.stable.example.com/c created\n"
    assert (await server.kubectl("get", "ct")).splitlines()[0].split() == ["NAME", "SPEC"]
    assert "cronSpec\t<string>" in await server.kubectl("explain", "crontab.spec")
    assert "Cron Spec:" in await server.kubectl("describe", "ct", "c")
    changed = await server.kubectl("apply", "-f", "-", given=crontab(cronSpec="* * *", replicas=1))
    assert "configured" in changed
    await server.kubectl("scale", "ct/c", "--replicas=4")
    await server.kubectl("patch", "ct", "c", "--type=merge", "-p", '{"spec":{"cronSpec":"x"}}')
    shown = json.loads(await server.kubectl("get", "ct/c", "-o", "json"))
    assert shown["spec"] == {"cronSpec": "x", "replicas": 4}
    await server.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=crontab(cronSpec="y"))
    refused = await server.kubectl("apply", "-f", "-", given=crontab(cronSpec=5), fails=True)
    assert "spec.cronSpec" in refused
    refused = await server.kubectl("create", "-f", "-", given=crontab("z", wrong=5), fails=True)
    assert 'unknown field "spec.wrong"' in refused
    await server.kubectl("delete", "crd", "crontabs.stable.example.com", "--timeout=10s")
    assert "the server could not find the requested resource" in await server.kubectl("get", "ct", fails=True)


async def test_kubectl_shows_what_rules_cost_and_what_they_have_against_old_values(server: Server) -> None:
    text = {"type": "string", "x-kubernetes-validations": [{"rule": "self.matches('^[a-z ]*$')"}]}
    body = definition({"type": "object", "properties": {
        "texts": {"type": "array", "items": text}, "replicas": {"type": "integer"}, "cronSpec": {"type": "string"},
    }})
    refused = await server.kubectl("create", "-f", "-", given=body, fails=True)
    where = "spec.validation.openAPIV3Schema.properties[spec].properties[texts].items.x-kubernetes-validations[0].rule"
    assert f"* {where}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try" in refused
    await server.kubectl("apply", "-f", "-", given=definition())
    await server.kubectl("wait", "--for=condition=established", "crd", "--all", "--timeout=10s")
    await server.kubectl("apply", "-f", "-", given=crontab(cronSpec="*"))
    stricter = definition({"type": "object", "properties": {
        "replicas": {"type": "integer"}, "cronSpec": {**text, "maxLength": 99},
    }})
    await server.kubectl("apply", "-f", "-", given=stricter)
    patched = await server.kubectl("patch", "ct", "c", "--type=merge", "-p", '{"spec":{"replicas":2}}')
    assert "Warning: spec.cronSpec: Invalid value: \"*\": failed rule: self.matches('^[a-z ]*$')" in patched
    assert "patched" in patched


async def test_python_client(server: Server) -> None:
    await server.kubectl("create", "-f", "-", given=definition())
    settings = kubernetes.client.Configuration(host=server.url)

    def use() -> list[str]:
        with kubernetes.client.ApiClient(settings) as connection:
            client = kubernetes.client.CustomObjectsApi(connection)
            where = ("stable.example.com", "v1", "default", "crontabs")
            client.create_namespaced_custom_object(*where, crontab(cronSpec="a"))
            client.patch_namespaced_custom_object(*where, "c", {"spec": {"replicas": 3}})
            found = client.list_namespaced_custom_object(*where)["items"]
            client.delete_namespaced_custom_object(*where, "c")
            return [f"{each['metadata']['name']} {each['spec']['replicas']}" for each in found]

    assert await asyncio.to_thread(use) == ["c 3"]
