"""Simulated nodes, any number, beside an API server."""

from typing import TYPE_CHECKING

from kubewheel.client import Client
from kubewheel.kubelet.server import Access, KubeletServer
from kubewheel.kubelet.simulated.fleet import Fleet, FleetSettings
from kubewheel.launch import pki
from kubewheel.libs import tls
from kubewheel.libs.clock import Clock
from kubewheel.libs.http_listener import Listener

if TYPE_CHECKING:
    from kubewheel.launch.cluster import Prepared

LOOPBACK = "127.0.0.1"


async def run(prepared: "Prepared", client: Client, clock: Clock) -> None:
    """Run the simulated nodes and the one server that answers for all of them; never returns."""
    chosen = prepared.settings
    told = FleetSettings(address=LOOPBACK, port=chosen.kubelet_port, pod_cidr=chosen.cluster_cidr)
    fleet = Fleet(client, told, clock, chosen.nodes)
    access = Access(client.create, told.name.format(0), clock)
    listener = Listener()
    try:
        server = KubeletServer(fleet.equipment(access.check))
        folder = prepared.layout.pki
        context = tls.server_context(*pki.paths(folder, told.name.format(0)), pki.paths(folder, pki.AUTHORITY)[0])
        await listener.start(server.handle, host=LOOPBACK, port=chosen.kubelet_port, ssl_context=context)
        await fleet.run()
    finally:
        await listener.close()
