"""Everything that runs in a cluster's process, in plain order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kubewheel import controllers, dns, proxy, scheduler
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer
from kubewheel.client import Client
from kubewheel.launch import api, bootstrap, datastore, nodes, readiness
from kubewheel.launch.layout import Layout
from kubewheel.launch.machine import Machine
from kubewheel.launch.settings import CONTAINERD, ClusterSettings
from kubewheel.launch.supervisor import Supervisor
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity

MASTERS = "system:masters"
ACCOUNT_GROUPS = ("system:serviceaccounts", "system:serviceaccounts:kube-system")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is settled before anything runs."""

    layout: Layout
    settings: ClusterSettings
    machine: Machine


async def run(
    prepared: Prepared, clock: Clock, report: Callable[[str], None], when_ready: Callable[[], object]
) -> None:
    """Run the cluster until cancelled; `when_ready` is called once, when every part of it answers."""
    settings, layout = prepared.settings, prepared.layout
    async with datastore.opened(layout, settings, clock) as store:
        server = ApiServer(store, Registry.builtin(), api.settings(prepared), clock, api.nodes(prepared))
        await server.bootstrap()
        listener = await api.listen(server, prepared)
        report(f"The API server answers at https://127.0.0.1:{settings.port}.")
        try:
            await bootstrap.apply(_client(server, "kubewheel", MASTERS), settings, prepared.machine.address)
            await _components(prepared, server, clock, report, when_ready)
        finally:
            await listener.close()


async def _components(
    prepared: Prepared, server: ApiServer, clock: Clock, report: Callable[[str], None],
    when_ready: Callable[[], object],
) -> None:
    settings = prepared.settings

    def account(name: str) -> Client:
        return _client(server, f"system:serviceaccount:kube-system:{name}", *ACCOUNT_GROUPS)

    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "controllers": lambda: controllers.run(
            _client(server, "system:kube-controller-manager"), clock=clock,
            settings=api.controllers(prepared, account)),
        "scheduler": lambda: scheduler.run(
            _client(server, "system:kube-scheduler"), clock=clock, settings=scheduler.SchedulerSettings()),
    }
    if settings.runtime == CONTAINERD:
        parts["proxy"] = lambda: proxy.run(
            _client(server, "system:kube-proxy", "system:node-proxier"), proxy_settings(prepared), clock)
        parts["dns"] = lambda: dns.run(_client(server, "system:kube-dns"), dns_settings(prepared), clock)
        node = _client(server, f"system:node:{prepared.machine.name}", "system:nodes")
        parts["node"] = lambda: nodes.run(nodes.plan(prepared), node, clock)
    else:
        parts["node"] = lambda: nodes.run_simulated(prepared, _client(server, bootstrap.SIMULATED_NODES), clock)
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, clock)
        supervisor.keep("api-server", server.run)
        for name, part in parts.items():
            if settings.has_part(name):
                supervisor.keep(name, part)
        watcher = readiness.Watcher(prepared, _client(server, "kubewheel", MASTERS), supervisor, clock)
        tasks.create_task(group, watcher.run(report, when_ready), name="readiness")


def dns_settings(prepared: Prepared) -> dns.DnsSettings:
    """Return the settings of the DNS server: it listens on the machine's address and answers the cluster only."""
    address, chosen = prepared.machine.address, prepared.settings
    return dns.DnsSettings(
        host=address, port=chosen.dns_port, domain=chosen.domain,
        allowed=("127.0.0.0/8", f"{address}/32", chosen.cluster_cidr),
    )


def proxy_settings(prepared: Prepared) -> proxy.ProxySettings:
    """Return the settings of this node's service proxy."""
    return proxy.ProxySettings(
        node_name=prepared.machine.name, cluster_cidr=prepared.settings.cluster_cidr,
        table=f"kubewheel-{prepared.layout.identifier}",
    )


def _client(server: ApiServer, user: str, *groups: str) -> Client:
    identity = Identity(user, (*groups, "system:authenticated"))
    return Client(server.transport(identity), server.backend.registry, user_agent=f"kubewheel/{user}")
