"""Admission webhooks as users of kubectl and of the official Python client meet them."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes
import pytest

from kubewheel.testing import SyncCluster
from tests.component.apiserver import webhook_server
from tests.component.apiserver.webhook_server import WebhookServer, add, allow, configuration, deny, patch, webhook
from tests.component.kubectl.support import Tool

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookServer]:
    """Run a webhook server beside the cluster, in a loop of its own."""
    started, found = threading.Event(), dict[str, Any]()

    async def serve(folder: Path) -> None:
        async with webhook_server.running(folder) as server:
            stop = asyncio.Event()
            found.update(server=server, stop=stop, loop=asyncio.get_running_loop())
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve(tmp_path_factory.mktemp("hooks"))), name="hooks")
    thread.start()
    assert started.wait(10)
    yield found["server"]
    found["loop"].call_soon_threadsafe(found["stop"].set)
    thread.join(10)


def apply(kubectl: Tool, kind: str, *webhooks: dict[str, Any]) -> None:
    body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, **configuration(*webhooks, name="k")}
    kubectl("apply", "-f", "-", stdin=json.dumps(body))


def test_refusals_and_warnings(kubectl: Tool, hooks: WebhookServer) -> None:
    apply(kubectl, "ValidatingWebhookConfiguration",
          webhook(hooks.serve("/v", deny("not on Fridays")), "configmaps", name="fridays.example.com"),
          webhook(hooks.serve("/w", allow(warnings=["secrets are out of fashion"])), "secrets"))
    try:
        refused = kubectl.run("create", "configmap", "a")
        assert refused.code == 1
        assert refused.err == (
            'error: failed to create configmap: admission webhook "fridays.example.com" denied the request: '
            "not on Fridays\n"
        )
        trial = kubectl.run("create", "configmap", "a", "--dry-run=server")
        assert "not on Fridays" in trial.err
        warned = kubectl.run("create", "secret", "generic", "s")
        assert warned.code == 0
        assert warned.err == "Warning: secrets are out of fashion\n"
        assert "k      2" in kubectl("get", "validatingwebhookconfigurations")
    finally:
        kubectl("delete", "validatingwebhookconfiguration", "k")
    kubectl("create", "configmap", "a")


def test_changes_and_managers(cluster: SyncCluster, kubectl: Tool, hooks: WebhookServer) -> None:
    apply(kubectl, "MutatingWebhookConfiguration",
          webhook(hooks.serve("/m", patch(add("/metadata/annotations", {"seen": "yes"}))), "services"))
    try:
        body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
        kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(body))
        assert kubectl("get", "service", "web", "-o", "jsonpath={.metadata.annotations.seen}") == "yes"
        again = kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(body))
        assert "serverside-applied" in again
    finally:
        kubectl("delete", "mutatingwebhookconfiguration", "k")


def test_connections(kubectl: Tool, hooks: WebhookServer) -> None:
    kubectl("run", "shell", "--image=i", "--restart=Never")
    kubectl("wait", "--for=condition=Ready", "pod/shell", "--timeout=30s")
    apply(kubectl, "ValidatingWebhookConfiguration",
          webhook(hooks.serve("/c", deny("no shells here")), "pods/exec", "pods/attach", operations=["CONNECT"]))
    try:
        for words in (("exec", "shell", "--", "true"), ("attach", "shell")):
            assert "no shells here" in kubectl.run(*words).err
    finally:
        kubectl("delete", "validatingwebhookconfiguration", "k")


def test_the_python_client(cluster: SyncCluster, hooks: WebhookServer) -> None:
    client = kubernetes.config.new_client_from_config(str(cluster.kubeconfig))
    admission, core = kubernetes.client.AdmissionregistrationV1Api(client), kubernetes.client.CoreV1Api(client)
    body = configuration(webhook(hooks.serve("/p", deny("quota", code=422, reason="Invalid")), "configmaps"), name="p")
    made = admission.create_validating_webhook_configuration(body)
    assert made.webhooks[0].match_policy == "Equivalent"
    try:
        with pytest.raises(kubernetes.client.ApiException) as refused:
            core.create_namespaced_config_map("default", {"metadata": {"name": "p"}})
        assert refused.value.status == 422
        assert json.loads(refused.value.body)["message"].endswith("denied the request: quota")
    finally:
        admission.delete_validating_webhook_configuration("p")
    client.close()
