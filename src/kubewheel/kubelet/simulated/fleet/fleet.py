"""A fleet of simulated nodes: what runs, and what serves logs and exec for all of them."""

import asyncio
from collections.abc import Awaitable, Callable

from kubewheel.client import Client
from kubewheel.kubelet import pods
from kubewheel.kubelet.server import Equipment
from kubewheel.kubelet.simulated.fleet.keeper import Keeper
from kubewheel.kubelet.simulated.fleet.nodes import Nodes
from kubewheel.kubelet.simulated.fleet.settings import FleetSettings
from kubewheel.kubelet.simulated.fleet.view import FleetNode, FleetView
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Request


class Fleet:
    """`count` nodes. `equipment` is for the KubeletServer that answers for all of them."""

    def __init__(self, client: Client, settings: FleetSettings, clock: Clock, count: int) -> None:
        self._clock = clock
        self.nodes = Nodes(client, settings, clock, count)
        self.keeper = Keeper(client, settings, clock, self.nodes.by_name)
        self.keeper.informer.add_index("uid", lambda pod: (pods.uid(pod),))
        self.registered = asyncio.Event()

    def equipment(self, check: Callable[[Request], Awaitable[None]]) -> Equipment:
        """Return what a KubeletServer needs; `check` raises Denied for requests that may not be served."""
        view = FleetView(self.keeper, self._clock)
        return Equipment(FleetNode(self.keeper), view, view, check, self._clock)

    async def run(self) -> None:
        """Register the nodes, then keep them and their pods; never returns."""
        await self.nodes.register_all()
        self.registered.set()
        async with asyncio.TaskGroup() as group:
            create_task(group, self.nodes.run(), name="fleet-nodes")
            create_task(group, self.keeper.run(), name="fleet-keeper")


async def run_fleet(client: Client, settings: FleetSettings, clock: Clock, count: int) -> None:
    """Play `count` nodes; never returns."""
    await Fleet(client, settings, clock, count).run()
