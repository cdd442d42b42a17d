"""Who creates what nothing acts on is told so."""

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request
from kubewheel.storage.memory import MemoryStore


async def _create(path, body):
    server = ApiServer(MemoryStore(), Registry.builtin(), ApiServerSettings(), SteppedClock())
    await server.bootstrap()
    transport = server.transport(Identity("admin", ("system:masters",)))
    response = await transport.send(Request("POST", path, body=body))
    assert response.status == 201
    return response.headers.get("Warning", "")


async def test_a_kind_without_a_controller_is_answered_with_a_warning():
    spec = {"podSelector": {}, "policyTypes": ["Ingress"]}
    path = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
    assert "no traffic is filtered by it" in await _create(path, {"metadata": {"name": "x"}, "spec": spec})


async def test_a_load_balancer_is_answered_with_a_warning_and_other_services_are_not():
    path = "/api/v1/namespaces/default/services"
    ports = [{"port": 80}]
    balanced = await _create(path, {"metadata": {"name": "x"}, "spec": {"type": "LoadBalancer", "ports": ports}})
    assert "there is no load balancer" in balanced
    assert await _create(path, {"metadata": {"name": "x"}, "spec": {"ports": ports}}) == ""
