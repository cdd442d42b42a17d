"""What runs beside the API server: controllers, scheduler, simulated nodes; each under its own identity.

While nobody could notice, stepped time spares the heartbeats of nodes: silence then counts as health. From the first
lost node on, nodes renew their leases and silence is noticed after the usual time.

Each is loaded when it starts: tests of kinds alone wait for none of them.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kubewheel.client import Client
from kubewheel.launch import bootstrap
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Identity
from kubewheel.reconcile import Engine
from kubewheel.testing.options import REAL, Options
from kubewheel.testing.scripts import Cast
from kubewheel.testing.server import StagedServer

if TYPE_CHECKING:
    from kubewheel.controllers import ControllersSettings
    from kubewheel.scheduler import Scheduler
    from kubewheel.testing.containers import Containers
    from kubewheel.testing.fleet import Nodes

LIFECYCLE = "node-lifecycle-controller"
PATIENT_SECONDS = 1e10  # Longer than any test lets pass.
AUTHENTICATED = "system:authenticated"
ACCOUNT_GROUPS = ("system:serviceaccounts", "system:serviceaccounts:kube-system")


class Parts:
    """The components of one cluster; `start` starts those that the options ask for."""

    def __init__(self, server: StagedServer, options: Options, clock: Clock) -> None:
        self._server = server
        self._options = options
        self._clock = clock
        self._settings: ControllersSettings | None = None
        self._random = random.Random(options.seed)  # noqa: S311 - jitter and names, no secrets
        self._watchman: asyncio.Task[None] | None = None
        self._is_watchful = options.heartbeats or options.clock == REAL
        self.cast = Cast()
        self.engine: Engine | None = None
        self.lifecycle: Engine | None = None
        self.scheduler: Scheduler | None = None
        self.nodes: Nodes | None = None
        self.containers: Containers | None = None

    def client(self, user: str, *groups: str) -> Client:
        """Return a client of the component `user`."""
        identity = Identity(user, (*groups, AUTHENTICATED))
        return Client(self._server.transport(identity), self._server.backend.registry, f"kubewheel/{user}")

    def _account(self, name: str) -> Client:
        return self.client(f"system:serviceaccount:kube-system:{name}", *ACCOUNT_GROUPS)

    def start_controllers(self, group: asyncio.TaskGroup, settings: "ControllersSettings") -> None:
        """Run the controllers."""
        from kubewheel import controllers

        self._settings = replace(settings, client_for=self._account)
        settings = replace(self._settings, enabled=("*", f"-{LIFECYCLE}"))
        self.engine = controllers.prepare(
            self.client("system:kube-controller-manager"), clock=self._clock, settings=settings, random=self._random
        )
        create_task(group, controllers.run_engine(self.engine), name="controllers")
        self._start_lifecycle(group)

    def _start_lifecycle(self, group: asyncio.TaskGroup) -> None:
        from kubewheel.controllers import node_lifecycle

        assert self.engine is not None, "controllers run"
        assert self._settings is not None, "they have settings"
        settings = self._settings
        if not self._is_watchful:
            settings = replace(
                settings, node_grace_seconds=PATIENT_SECONDS, node_startup_grace_seconds=PATIENT_SECONDS
            )
        self.lifecycle = Engine(
            self.engine.informers, clock=self._clock, client_for=self._account, random=self._random
        )
        self.lifecycle.add(node_lifecycle.controller(settings))
        self._watchman = create_task(group, self.lifecycle.run(), name="node lifecycle")

    def _start_scheduler(self, group: asyncio.TaskGroup) -> None:
        from kubewheel import scheduler

        self.scheduler = scheduler.prepare(
            self.client("system:kube-scheduler"), clock=self._clock, settings=scheduler.SchedulerSettings(),
            random=self._random,
        )
        create_task(group, self.scheduler.run(), name="scheduler")

    async def start_containers(self, group: asyncio.TaskGroup) -> None:
        """Run scheduler and the node with containers."""
        assert self.containers is not None, "asked for"
        self._start_scheduler(group)
        await self.containers.start(group, self.client)

    async def start_nodes(self, group: asyncio.TaskGroup) -> None:
        """Run scheduler and nodes."""
        self._start_scheduler(group)
        # Nodes bring the node agent's server along, which kinds and controllers do without.
        from kubewheel.testing import metrics
        from kubewheel.testing.fleet import Nodes

        self.nodes = Nodes(self.client(bootstrap.SIMULATED_NODES), self._options, self._clock, self.cast)
        self._server.meter = self.nodes.meter
        self._server.backend.registry.extend(metrics.RESOURCES)
        await self.nodes.start(group, beats=self._is_watchful)

    def watch_nodes(self, group: asyncio.TaskGroup) -> None:
        """Let nodes renew their leases and silence be noticed, from now on."""
        if self._is_watchful or self.nodes is None:
            return
        self._is_watchful = True
        if self._watchman is not None:
            self._watchman.cancel()
        self.nodes.beat(group)
        self._start_lifecycle(group)

    def busy(self) -> Mapping[str, int]:
        """Return who has work, and how much."""
        found: dict[str, int] = {}
        if self._server.under_way:
            found["requests under way"] = self._server.under_way
        for engine in (self.engine, self.lifecycle):
            if engine is not None and not engine.idle:
                found |= engine.busy
        if self.scheduler is not None and not self.scheduler.idle:
            found["scheduler"] = len(self.scheduler.queue)
        if self.nodes is not None and not self.nodes.fleet.keeper.idle:
            found["simulated nodes"] = 1
        if self.containers is not None and (count := self.containers.busy(self._server.store)):
            found["pods on their way"] = count
        return found

    @property
    def failing(self) -> Mapping[str, str]:
        """What failed the last time, by controller and key, and how."""
        found: dict[str, str] = {}
        for engine in (self.engine, self.lifecycle):
            found |= engine.failing if engine is not None else {}
        return found

    @property
    def retrying(self) -> int:
        """How many keys of controllers failed the last time."""
        return sum(engine.retrying for engine in (self.engine, self.lifecycle) if engine is not None)
