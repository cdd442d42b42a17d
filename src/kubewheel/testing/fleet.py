"""The simulated nodes of a test's cluster."""

import asyncio

from kubewheel.client import Client
from kubewheel.kubelet.simulated.fleet import Fleet, FleetSettings
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.testing.metrics import Meter
from kubewheel.testing.nodes import FleetNodes, Wreckage
from kubewheel.testing.options import Options
from kubewheel.testing.scripts import Cast


class Nodes:
    """The fleet, how the API server reaches it, and what a test does to it."""

    def __init__(self, client: Client, options: Options, clock: Clock, cast: Cast) -> None:
        self.fleet = Fleet(client, FleetSettings(**options.fleet), clock, options.nodes)
        self.fleet.keeper.script = cast.play
        self.wreckage = Wreckage(self.fleet, clock)
        self.connector = FleetNodes()
        self.meter = Meter(self.fleet, clock)

    async def start(self, group: asyncio.TaskGroup, *, beats: bool) -> None:
        """Register the nodes, then keep their pods; with `beats` their leases, too."""
        await self.fleet.nodes.register_all()
        self.fleet.registered.set()
        self.connector.connect(self.fleet, group)
        create_task(group, self.fleet.keeper.run(), name="simulated pods")
        if beats:
            self.beat(group)

    def beat(self, group: asyncio.TaskGroup) -> None:
        """Renew leases and report statuses from now on."""
        create_task(group, self.fleet.nodes.run(), name="simulated nodes")
