"""The node as the API sees it: registered, alive by its lease, its status reported when it changes.

In: the machine, the runtime's health.  Out: the Node object, its lease, the pod network's configuration once the node
has its range of addresses.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Informer, Recorder
from kubewheel.kubelet import machine, node_status
from kubewheel.kubelet.machine import Machine
from kubewheel.kubelet.node_status import Health
from kubewheel.kubelet.runtime import Image, Runtime, RuntimeFailure, RuntimeUnavailable, RuntimeVersion
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs import cni, tasks
from kubewheel.libs.clock import Clock, rfc3339_micro
from kubewheel.libs.wire import Object

LEASE_NAMESPACE, LEASE_SECONDS = "kube-node-lease", 40
RETRY_SECONDS = 1.0
NETWORK_POLL_SECONDS = 0.05
NETWORK_WAIT_SECONDS = 10.0

log = logging.getLogger(__name__)


class NodeKeeper:
    """Keeps the Node object and its lease; `ready` is called when pods can get a network."""

    def __init__(
        self, client: Client, settings: KubeletSettings, runtime: Runtime, clock: Clock, recorder: Recorder,
        ready: Callable[[], None],
    ) -> None:
        self.machine: Machine = machine.read(settings.data_dir)
        self.informer = Informer(client, "Node", fields=f"metadata.name={settings.node_name}", clock=clock)
        self.network_problem = "cni plugin not initialized" if settings.network_config_dir else ""
        self._client = client
        self._settings = settings
        self._runtime = runtime
        self._clock = clock
        self._recorder = recorder
        self._ready = ready
        self._reported_at = float("-inf")
        self._changed = asyncio.Event()
        self.informer.add_handler(lambda *_: self._changed.set())

    @property
    def object(self) -> Object | None:
        """Return the node as the API has it."""
        return self.informer.get("", self._settings.node_name)

    async def register(self) -> None:
        """Make the Node object, or take over the one that exists; try until it is done."""
        told = ""
        while self._settings.register_node:
            try:
                await self._register_once()
                return
            except (StatusError, OSError, EOFError) as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("cannot register node %s: %s", self._settings.node_name, told)
                await self._clock.sleep(RETRY_SECONDS)

    async def _register_once(self) -> None:
        wanted = node_status.node(self._settings, self.machine)
        health = await self._health()
        status = node_status.status(self._settings, self.machine, health, {}, self._clock.now())
        try:
            await self._client.create({**wanted, "status": status})
        except StatusError as error:
            if error.code != 409:
                raise
            labels = {"labels": wanted["metadata"]["labels"], "annotations": wanted["metadata"]["annotations"]}
            await self._client.patch("Node", self._settings.node_name, {"metadata": labels})

    async def run(self) -> None:
        """Keep node and lease alive; never returns."""
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self.informer.run(), name="node informer")
            await self.informer.wait_synced()
            about = self.object
            if about is not None:
                self._recorder.event(about, "Normal", "Starting", "Starting kubelet.")
            tasks.create_task(group, self._keep_lease(), name="node lease")
            tasks.create_task(group, self._keep_network(), name="pod network")
            tasks.create_task(group, self._keep_status(), name="node status")

    async def _keep_status(self) -> None:
        while True:
            try:
                await self._report()
            except (StatusError, OSError, EOFError) as error:
                log.warning("cannot report the status of node %s: %s", self._settings.node_name, error)
            await self._clock.sleep(self._settings.heartbeat_seconds)

    async def _report(self) -> None:
        """Tell the API how the node fares, if it does not know or has not heard for long."""
        told = self.object
        if told is None:
            await self.register()
            return
        now = self._clock.now()
        fresh = node_status.status(self._settings, self.machine, await self._health(), told, now)
        due = now - self._reported_at >= self._settings.status_report_seconds
        if not due and not node_status.differs(fresh, told.get("status") or {}):
            return
        patch: dict[str, Any] = {"status": fresh}
        await self._client.patch("Node", self._settings.node_name, patch, type="strategic", subresource="status")
        self._reported_at = now

    async def _health(self) -> Health:
        version: RuntimeVersion | None = None
        problem = ""
        images: tuple[Image, ...] = ()
        try:
            version = await self._runtime.version()
            images = tuple(await self._runtime.list_images())
        except (RuntimeUnavailable, RuntimeFailure) as error:
            problem = f"container runtime is down: {error}"
        network = self.network_problem
        if version is not None and not version.network_ready and not network:
            network = f"Network plugin returns error: {version.network_message}"
        if not self._runtime.real:
            return Health(version, problem, "", images=images)
        return Health(
            version, problem, network, memory_available=machine.available_memory(),
            disk_free_share=machine.free_share(self._settings.data_dir), pids_free=machine.free_pids(), images=images,
        )

    async def _keep_lease(self) -> None:
        lease: Object | None = None
        while True:
            try:
                lease = await self._renew(lease)
            except (StatusError, OSError, EOFError) as error:
                log.debug("cannot renew the lease of node %s: %s", self._settings.node_name, error)
                lease = None
            await self._clock.sleep(self._settings.heartbeat_seconds)

    async def _renew(self, lease: Object | None) -> Object:
        """Return the renewed lease."""
        name = self._settings.node_name
        spec: dict[str, Any] = {
            "holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": rfc3339_micro(self._clock.now()),
        }
        if lease is not None:
            return await self._client.update({**lease, "spec": {**lease["spec"], **spec}})
        try:
            found = await self._client.get("Lease.coordination.k8s.io", name, LEASE_NAMESPACE)
            return await self._client.update({**found, "spec": {**(found.get("spec") or {}), **spec}})
        except StatusError as error:
            if error.code != 404:
                raise
        metadata: dict[str, Any] = {"name": name, "namespace": LEASE_NAMESPACE}
        about = self.object
        if about is not None:
            metadata["ownerReferences"] = [
                {"apiVersion": "v1", "kind": "Node", "name": name, "uid": about["metadata"]["uid"]}
            ]
        return await self._client.create(
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
        )

    async def _keep_network(self) -> None:
        """Write the pod network's configuration as soon as the node has its addresses, and when they change."""
        if self._settings.network_config_dir is None:
            return
        while True:
            self._changed.clear()
            about = self.object
            subnet = (about["spec"].get("podCIDR") or "") if about is not None else ""
            if subnet:
                await self._configure_network(subnet)
            await self._changed.wait()

    async def _configure_network(self, subnet: str) -> None:
        directory = self._settings.network_config_dir
        assert directory is not None
        network = cni.Network(
            name="kubewheel", bridge=self._settings.network_bridge, subnet=subnet,
            state_dir=self._settings.data_dir / "cni" / "leases",
        )
        changed = await asyncio.to_thread(cni.write, directory, network)
        if not changed and not self.network_problem:
            return
        deadline = self._clock.monotonic() + NETWORK_WAIT_SECONDS
        while not await self._has_network() and self._clock.monotonic() < deadline:
            await self._clock.sleep(NETWORK_POLL_SECONDS)
        self.network_problem = ""
        self._ready()
        try:
            await self._report()
        except (StatusError, OSError, EOFError) as error:
            log.debug("cannot report the network of node %s: %s", self._settings.node_name, error)

    async def _has_network(self) -> bool:
        """Return whether the runtime has taken the configuration over."""
        try:
            return (await self._runtime.version()).network_ready
        except (RuntimeUnavailable, RuntimeFailure):
            return False
