"""A running cluster's insides: store, server, parts; from a made state to the end of the last task."""

import asyncio
import random
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServerSettings
from kubewheel.apiserver.authn import jwt
from kubewheel.apiserver.settings import ServiceAccountKeys
from kubewheel.client import Client
from kubewheel.launch import bootstrap
from kubewheel.launch.settings import CONTAINERD, ClusterSettings
from kubewheel.libs import signing
from kubewheel.libs.clock import RealClock, SteppedClock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Identity
from kubewheel.storage import snapshot_file
from kubewheel.storage.history import Window
from kubewheel.storage.snapshot_file import State
from kubewheel.testing import endpoint, template
from kubewheel.testing.clock import Time
from kubewheel.testing.faults import Faults
from kubewheel.testing.options import STEPPED, Options
from kubewheel.testing.parts import Parts
from kubewheel.testing.server import TESTER, StagedServer, SwitchedNodes, WatchedStore
from kubewheel.testing.settling import Settler

if TYPE_CHECKING:
    from kubewheel.controllers import ControllersSettings
    from kubewheel.testing.containers import Containers

MASTERS = "system:masters"
SETTLE_SECONDS = 30.0


class Running:
    """Everything of one cluster; made from a state, run by `run`."""

    def __init__(self, options: Options, state: State | None, time: Time) -> None:
        self.options = options
        self.time = time
        self.token = secrets.token_hex(16)
        self._is_made = state is not None
        entries, revision = (state.entries, state.revision) if state is not None else ((), 0)
        self.store = WatchedStore(Window(events=options.window), entries, revision=revision)
        # A seed of its own for each state: what is made from it must not repeat the ids that are in it.
        chance = random.Random(f"{options.seed}/{revision}")  # noqa: S311 - names and ids of a test
        self.nodes = SwitchedNodes()
        self.containers = _containers(time) if options.containers else None
        settings = _settings(self.token, has_accounts=options.has_controllers)
        place = endpoint.loopback
        if self.containers is not None:
            settings, place = self.containers.server_settings(settings), self.containers.place
            self.nodes.target = self.containers.connector()
        self.server = StagedServer(
            self.store, Registry.builtin(), settings, time.housekeeping, self.nodes, randomness=chance
        )
        self.server.stage(self.store, Faults(random.Random(options.seed)))  # noqa: S311
        self.registry = self.server.backend.registry
        self.client = Client(self.server.transport(Identity(TESTER, (MASTERS,))), self.registry, "kubewheel/test")
        self.parts = Parts(self.server, options, time.source)
        self.parts.containers = self.containers
        self.endpoint = endpoint.Endpoint(self.token, place)
        self.group: asyncio.TaskGroup | None = None
        self.begun_at = 0  # The revision at which the test took over.

    def _wanted(self) -> ClusterSettings:
        """Return what a cluster's own objects are made from."""
        if self.containers is not None:
            return self.containers.prepared.settings
        return ClusterSettings(runtime="simulated", nodes=self.options.nodes)

    async def run(self, started: asyncio.Event, settler: Settler) -> None:
        """Start everything, say so, and run until cancelled."""
        try:
            await self._run(started, settler)
        finally:
            if self.containers is not None:
                await self.containers.remove()

    async def _run(self, started: asyncio.Event, settler: Settler) -> None:
        await self.server.bootstrap(is_made=self._is_made)
        async with asyncio.TaskGroup() as group:
            self.group = group
            create_task(group, self.server.run(), name="api-server")
            try:
                if self.options.has_controllers:
                    await self._start_controllers(group, settler)
                if self.options.nodes:
                    await self.parts.start_nodes(group)
                    assert self.parts.nodes is not None, "just started"
                    self.nodes.target = self.parts.nodes.connector
                    await settler.settle(self.time, 0.0, SETTLE_SECONDS)
                if self.containers is not None:
                    await self.endpoint.open(self.server)  # Pods and their node call it.
                    await self.parts.start_containers(group)
                    await settler.settle(self.time, 0.0, SETTLE_SECONDS)
                self.begun_at = self.store.revision
                started.set()
                await asyncio.get_running_loop().create_future()
            finally:
                await self.endpoint.close()

    async def _start_controllers(self, group: asyncio.TaskGroup, settler: Settler) -> None:
        if not self._is_made or self.options.snapshot:
            address = endpoint.LOOPBACK if self.containers is None else self.containers.prepared.machine.address
            await bootstrap.apply(self.parts.client("kubewheel", MASTERS), self._wanted(), address)
        self.parts.start_controllers(group, _controllers(self.server.settings, self._wanted()))
        await settler.settle(self.time, 0.0, SETTLE_SECONDS)

    def state(self) -> State:
        """Return the present state."""
        entries = snapshot_file.in_order(self.store.entries())
        about = {"runtime": "simulated", "nodes": self.options.nodes}
        return State(entries, self.store.revision, self.time.source.now(), about)


def begin(options: Options) -> tuple[SteppedClock | RealClock, State | None, tuple[object, ...]]:
    """Return a cluster's clock, the state that it begins with (None: still to be made), and that state's key."""
    if options.containers:
        return RealClock(), None, ()
    if options.snapshot:
        state = snapshot_file.read(Path(options.snapshot))
        return SteppedClock(state.now) if options.clock == STEPPED else RealClock(), state, ()
    start = options.start.timestamp()
    key = (options.has_controllers, options.clock, start, options.seed)
    made = template.PROCESS.find(key)
    clock = SteppedClock(start) if options.clock == STEPPED else RealClock()
    return clock, made.state if made is not None else None, key


def _settings(token: str, *, has_accounts: bool) -> ApiServerSettings:
    # Without controllers nobody makes the accounts that pods would be refused for the lack of, or ends protections.
    disabled = () if has_accounts else ("ServiceAccount", "StorageObjectInUseProtection")
    keys = ServiceAccountKeys(signing=endpoint.signing_key()) if has_accounts else ServiceAccountKeys()
    return ApiServerSettings(
        tokens={token: Identity(TESTER, (MASTERS,))}, service_account_keys=keys,
        disabled_admission=disabled,
        max_reads=10_000, max_writes=10_000,  # A test's many simultaneous requests are no overload.
    )


def _containers(time: Time) -> "Containers":
    # Service proxy, DNS and node agent are for those who ask for them.
    from kubewheel.testing.containers import Containers

    return Containers(time.source)


def _controllers(settings: ApiServerSettings, wanted: ClusterSettings) -> "ControllersSettings":
    from kubewheel.controllers import ControllersSettings

    key = settings.service_account_keys.signing
    if not key:
        return ControllersSettings()
    return ControllersSettings(
        root_ca=endpoint.authority().certificate_pem(), sign_claims=jwt.Signer.from_pem(key).sign,
        sign_certificate=signing.signer(endpoint.authority()),
        cluster_cidrs=(wanted.cluster_cidr,) if wanted.runtime == CONTAINERD else (),
    )
