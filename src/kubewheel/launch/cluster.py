"""Everything that runs in a cluster's process, in plain order.

Components are loaded when they are started: the API server answers before, and what does not run takes no memory.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer
from kubewheel.client import Client
from kubewheel.launch import api, bootstrap, datastore, readiness
from kubewheel.launch.layout import Layout
from kubewheel.launch.machine import Machine
from kubewheel.launch.settings import CONTAINERD, ClusterSettings
from kubewheel.launch.supervisor import Supervisor
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity

if TYPE_CHECKING:
    from kubewheel import dns, proxy

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
    parts: dict[str, Callable[[Prepared, ApiServer, Clock], Awaitable[None]]] = {
        "controllers": _controllers, "scheduler": _scheduler,
    }
    if prepared.settings.runtime == CONTAINERD:
        parts |= {"proxy": _proxy, "dns": _dns, "node": _node}
    else:
        parts["node"] = _simulated_nodes
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, clock)
        supervisor.keep("api-server", server.run)
        for name, part in parts.items():
            if prepared.settings.has_part(name):
                supervisor.keep(name, partial(part, prepared, server, clock))
        watcher = readiness.Watcher(prepared, _client(server, "kubewheel", MASTERS), supervisor, clock)
        tasks.create_task(group, watcher.run(report, when_ready), name="readiness")


async def _controllers(prepared: Prepared, server: ApiServer, clock: Clock) -> None:
    from kubewheel import controllers

    def account(name: str) -> Client:
        return _client(server, f"system:serviceaccount:kube-system:{name}", *ACCOUNT_GROUPS)

    client = _client(server, "system:kube-controller-manager")
    await controllers.run(client, clock=clock, settings=api.controllers(prepared, account))


async def _scheduler(_: Prepared, server: ApiServer, clock: Clock) -> None:
    from kubewheel import scheduler

    client = _client(server, "system:kube-scheduler")
    await scheduler.run(client, clock=clock, settings=scheduler.SchedulerSettings())


async def _proxy(prepared: Prepared, server: ApiServer, clock: Clock) -> None:
    from kubewheel import proxy

    client = _client(server, "system:kube-proxy", "system:node-proxier")
    await proxy.run(client, proxy_settings(prepared), clock)


async def _dns(prepared: Prepared, server: ApiServer, clock: Clock) -> None:
    from kubewheel import dns

    await dns.run(_client(server, "system:kube-dns"), dns_settings(prepared), clock)


async def _node(prepared: Prepared, server: ApiServer, clock: Clock) -> None:
    from kubewheel.launch import nodes

    client = _client(server, f"system:node:{prepared.machine.name}", "system:nodes")
    await nodes.run(nodes.plan(prepared), client, clock)


async def _simulated_nodes(prepared: Prepared, server: ApiServer, clock: Clock) -> None:
    if not prepared.settings.nodes:
        await asyncio.get_running_loop().create_future()
    from kubewheel.launch import simulated_nodes

    await simulated_nodes.run(prepared, _client(server, bootstrap.SIMULATED_NODES), clock)


def dns_settings(prepared: Prepared) -> "dns.DnsSettings":
    """Return the settings of the DNS server: it listens on the machine's address and answers the cluster only."""
    from kubewheel import dns

    address, chosen = prepared.machine.address, prepared.settings
    return dns.DnsSettings(
        host=address, port=chosen.dns_port, domain=chosen.domain,
        allowed=("127.0.0.0/8", f"{address}/32", chosen.cluster_cidr),
    )


def proxy_settings(prepared: Prepared) -> "proxy.ProxySettings":
    """Return the settings of this node's service proxy."""
    from kubewheel import proxy

    return proxy.ProxySettings(
        node_name=prepared.machine.name, cluster_cidr=prepared.settings.cluster_cidr,
        table=f"kubewheel-{prepared.layout.identifier}",
    )


def _client(server: ApiServer, user: str, *groups: str) -> Client:
    identity = Identity(user, (*groups, "system:authenticated"))
    return Client(server.transport(identity), server.backend.registry, user_agent=f"kubewheel/{user}")
