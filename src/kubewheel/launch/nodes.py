"""The nodes that a cluster's process starts by itself: one with containers, or any number of simulated ones."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kubewheel.client import Client
from kubewheel.kubelet.agent import Agent
from kubewheel.kubelet.runtime import Runtime
from kubewheel.kubelet.server import Access, Equipment, KubeletServer, LogFiles, Usage, machine
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.kubelet.simulated.fleet import Fleet, FleetSettings
from kubewheel.launch import pki
from kubewheel.libs import cni, containerd, pause_image, tasks, tls
from kubewheel.libs.clock import Clock
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Object, Request, Response

if TYPE_CHECKING:
    from kubewheel.kubelet.containerd_runtime import ContainerdRuntime
    from kubewheel.launch.cluster import Prepared

PAUSE_IMAGE = "kubewheel.local/pause:1"
EVERYWHERE, LOOPBACK = "0.0.0.0", "127.0.0.1"


def kubelet_settings(prepared: "Prepared") -> KubeletSettings:
    """Return the settings of the node with containers."""
    name, chosen = prepared.machine.name, prepared.settings
    identifier = prepared.layout.identifier
    return KubeletSettings(
        node_name=name, data_dir=prepared.layout.nodes / name, node_ip=prepared.machine.address,
        port=chosen.kubelet_port, cluster_domain=chosen.domain, cluster_dns=(chosen.dns_address,),
        cgroup_root=f"/kubewheel-{identifier}", network_config_dir=prepared.layout.nodes / name / "cni",
        network_bridge=f"kw-{identifier}",
    )


def own_containerd(prepared: "Prepared", clock: Clock) -> containerd.Containerd:
    """Return the containerd of this cluster, whether it runs or not."""
    return containerd.Containerd(
        containerd.ContainerdSettings(
            directory=prepared.layout.root / "containerd",
            cni_config_dir=prepared.layout.nodes / prepared.machine.name / "cni",
            cni_plugin_dir=cni.plugin_directory(), sandbox_image=PAUSE_IMAGE,
        ),
        clock,
    )


def connect_runtime(socket: Path) -> "ContainerdRuntime":
    """Return the runtime that listens on `socket`."""
    # gRPC takes a tenth of a second and 15 MB; who simulates its nodes shall not pay for it.
    from kubewheel.kubelet.containerd_runtime import ContainerdRuntime
    from kubewheel.kubelet.server.cri_streams import CriStreams
    from kubewheel.libs.cri import client as cri

    calls = cri.Client(str(socket))
    return ContainerdRuntime(calls, CriStreams(calls))


async def run_containerd(prepared: "Prepared", client: Client, clock: Clock) -> None:
    """Run the node with containers: its containerd, its agent, its server; never returns."""
    keeper = own_containerd(prepared, clock)
    await keeper.start()
    runtime = connect_runtime(keeper.settings.socket)
    listener = Listener()
    try:
        if await runtime.image_status(PAUSE_IMAGE) is None:
            await keeper.import_archive(pause_image.archive(PAUSE_IMAGE))
        agent = Agent(client, kubelet_settings(prepared), runtime, clock)
        await _listen(listener, prepared, EVERYWHERE, _server(AgentNode(agent), runtime, client, clock))
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, keeper.supervise(), name="containerd")
            tasks.create_task(group, agent.run(), name="agent")
    finally:
        await listener.close()
        await runtime.close()


async def run_simulated(prepared: "Prepared", client: Client, clock: Clock) -> None:
    """Run the simulated nodes and the one server that answers for all of them; never returns."""
    chosen = prepared.settings
    if not chosen.nodes:
        await asyncio.get_running_loop().create_future()
    told = FleetSettings(address=LOOPBACK, port=chosen.kubelet_port, pod_cidr=chosen.cluster_cidr)
    fleet = Fleet(client, told, clock, chosen.nodes)
    access = Access(client.create, told.name.format(0), clock)
    listener = Listener()
    try:
        await _listen(listener, prepared, LOOPBACK, KubeletServer(fleet.equipment(access.check)))
        await fleet.run()
    finally:
        await listener.close()


class AgentNode:
    """The node of one agent, as its server sees it."""

    def __init__(self, agent: Agent) -> None:
        self.name = agent.settings.node_name
        self._agent = agent

    def pods(self) -> Sequence[Object]:
        """Return the node's pods."""
        return self._agent.pods()

    def pod(self, namespace: str, name: str) -> Object | None:
        """Return one of the node's pods."""
        return self._agent.pod(namespace, name)

    def usage(self) -> Usage:
        """Return what the machine uses."""
        return machine.read(self._agent.settings.data_dir)


def _server(node: AgentNode, runtime: Runtime, client: Client, clock: Clock) -> KubeletServer:
    access = Access(client.create, node.name, clock)
    return KubeletServer(Equipment(node, runtime, LogFiles(runtime, clock), access.check, clock))


async def _listen(listener: Listener, prepared: "Prepared", host: str, server: KubeletServer) -> None:
    folder = prepared.layout.pki
    name = prepared.settings.node_names(prepared.machine.name)[0]
    context = tls.server_context(*pki.paths(folder, name), pki.paths(folder, pki.AUTHORITY)[0])
    handle: Callable[[Request], Awaitable[Response]] = server.handle
    await listener.start(handle, host=host, port=prepared.settings.kubelet_port, ssl_context=context)
