"""A node with containers, beside an API server or alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from kubewheel.client import Client
from kubewheel.kubelet import cleanup
from kubewheel.kubelet.agent import Agent
from kubewheel.kubelet.runtime import Runtime
from kubewheel.kubelet.server import Access, Equipment, KubeletServer, LogFiles, Usage, machine
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.launch import pki
from kubewheel.launch.layout import Layout
from kubewheel.libs import cni, containerd, pause_image, tasks, tls
from kubewheel.libs.clock import Clock
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.kubelet.containerd_runtime import ContainerdRuntime
    from kubewheel.launch.cluster import Prepared

PAUSE_IMAGE = "kubewheel.local/pause:1"
EVERYWHERE = "0.0.0.0"


class Places(TypedDict):
    """Where a node keeps its things, by the names that its settings have for them."""

    data_dir: Path
    cgroup_root: str
    network_bridge: str


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node with containers: its agent, its container runtime, and what its server shows and trusts.

    `own` is a containerd that is ours to start and to stop; None when `socket` is somebody else's runtime.
    """

    settings: KubeletSettings
    socket: Path
    own: containerd.ContainerdSettings | None
    serving: tuple[Path, Path]
    client_authority: Path | None
    host: str = EVERYWHERE


def plan(prepared: "Prepared") -> NodePlan:
    """Return the node of a cluster that has everything on this machine."""
    name, chosen, layout = prepared.machine.name, prepared.settings, prepared.layout
    own = own_containerd(layout, name)
    return NodePlan(
        settings=KubeletSettings(
            node_name=name, node_ip=prepared.machine.address, port=chosen.kubelet_port,
            cluster_domain=chosen.domain, cluster_dns=(chosen.dns_address,),
            network_config_dir=own.cni_config_dir, **places(layout, name),
        ),
        socket=own.socket, own=own, serving=pki.paths(layout.pki, name),
        client_authority=pki.paths(layout.pki, pki.AUTHORITY)[0],
    )


def places(layout: Layout, name: str) -> Places:
    """Return where a node keeps its things on this machine, apart from those of other clusters."""
    return {
        "data_dir": layout.nodes / name, "cgroup_root": f"/kubewheel-{layout.identifier}",
        "network_bridge": f"kw-{layout.identifier}",
    }


def own_containerd(layout: Layout, name: str) -> containerd.ContainerdSettings:
    """Return the settings of a containerd of the node's own."""
    return containerd.ContainerdSettings(
        directory=layout.root / "containerd", cni_config_dir=layout.nodes / name / "cni",
        cni_plugin_dir=cni.plugin_directory(), sandbox_image=PAUSE_IMAGE,
    )


def connect_runtime(socket: Path) -> "ContainerdRuntime":
    """Return the runtime that listens on `socket`."""
    # gRPC takes a tenth of a second and 15 MB; who simulates its nodes shall not pay for it.
    from kubewheel.kubelet.containerd_runtime import ContainerdRuntime
    from kubewheel.kubelet.server.cri_streams import CriStreams
    from kubewheel.libs.cri import client as cri

    calls = cri.Client(str(socket))
    return ContainerdRuntime(calls, CriStreams(calls))


async def run(plan: NodePlan, client: Client, clock: Clock) -> None:
    """Run the node with containers: its containerd, its agent, its server; never returns."""
    keeper = containerd.Containerd(plan.own, clock) if plan.own is not None else None
    if keeper is not None:
        await keeper.start()
    runtime = connect_runtime(plan.socket)
    listener = Listener()
    try:
        if keeper is not None and await runtime.image_status(PAUSE_IMAGE) is None:
            await keeper.import_archive(pause_image.archive(PAUSE_IMAGE))
        agent = Agent(client, plan.settings, runtime, clock)
        server = _server(AgentNode(agent), runtime, client, clock)
        context = tls.server_context(*plan.serving, plan.client_authority)
        await listener.start(server.handle, host=plan.host, port=plan.settings.port, ssl_context=context)
        async with asyncio.TaskGroup() as group:
            if keeper is not None:
                tasks.create_task(group, keeper.supervise(), name="containerd")
            tasks.create_task(group, agent.run(), name="agent")
    finally:
        await listener.close()
        await runtime.close()


async def remove(plan: NodePlan, clock: Clock) -> None:
    """Stop the node's containers and a runtime of its own; remove network, groups and mounts."""
    keeper = containerd.Containerd(plan.own, clock) if plan.own is not None else None
    if keeper is None or keeper.settings.directory.exists():
        await _remove_pods(plan.socket, keeper)
    await cleanup.remove_places(plan.settings)


async def _remove_pods(socket: Path, keeper: containerd.Containerd | None) -> None:
    if keeper is not None:
        await keeper.start()  # Containers may run without it after a crash; only through it are they ended in order.
    runtime = connect_runtime(socket)
    try:
        await cleanup.remove_pods(runtime)
    finally:
        await runtime.close()
    if keeper is not None:
        await keeper.stop()
        await keeper.remove_remains()


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
