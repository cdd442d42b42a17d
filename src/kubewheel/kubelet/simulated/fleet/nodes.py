"""The fleet's Node objects and leases."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import Client
from kubewheel.kubelet.simulated.fleet.settings import FleetSettings
from kubewheel.libs.clock import Clock, rfc3339, rfc3339_micro
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object

LEASES = "kube-node-lease"
LEASE_KIND = "Lease.coordination.k8s.io"
RETRY_SECONDS = 5.0
TICKS = 40  # In how many portions the nodes are looked after during one interval.
PRESSURES = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SimulatedNode:
    """One node: its range of pod addresses, and which of them are taken."""

    name: str
    index: int
    cidr: str
    taken: set[str] = field(default_factory=set)

    def take_address(self, wanted: str = "") -> str:
        """Return the lowest free pod address, or the one wanted; empty when there is none left."""
        if wanted:
            self.taken.add(wanted)
            return wanted
        base = int(IPv4Network(self.cidr).network_address)
        for number in range(2, IPv4Network(self.cidr).num_addresses - 1):
            value = base + number
            address = f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"
            if address not in self.taken:
                self.taken.add(address)
                return address
        return ""


def node_object(settings: FleetSettings, node: SimulatedNode, now: float) -> dict[str, Any]:
    """Return the Node as it registers itself."""
    labels = {
        "kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64", **settings.labels,
    }
    if settings.zones:
        labels["topology.kubernetes.io/zone"] = settings.zones[node.index % len(settings.zones)]
    spec: dict[str, Any] = {"podCIDR": node.cidr, "podCIDRs": [node.cidr], "providerID": f"simulated://{node.name}"}
    if settings.taints:
        spec["taints"] = [dict(taint) for taint in settings.taints]
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node.name, "labels": labels, "annotations": dict(settings.annotations)},
        "spec": spec, "status": node_status(settings, node, now),
    }


def node_status(settings: FleetSettings, node: SimulatedNode, now: float) -> dict[str, Any]:
    """Return the status of a healthy node."""
    return {
        "capacity": dict(settings.capacity), "allocatable": {**settings.capacity, **settings.allocatable},
        "conditions": conditions(now, now), "images": [],
        "addresses": [
            {"type": "InternalIP", "address": settings.address}, {"type": "Hostname", "address": node.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": settings.port}},
        "nodeInfo": {
            "architecture": "amd64", "operatingSystem": "linux", "osImage": "simulated", "kernelVersion": "simulated",
            "containerRuntimeVersion": "simulated://1", "kubeletVersion": settings.version,
            "kubeProxyVersion": "", "machineID": node.name, "systemUUID": node.name, "bootID": node.name,
        },
    }


def conditions(now: float, since: float) -> list[dict[str, Any]]:
    """Return the conditions of a healthy node."""
    times = {"lastHeartbeatTime": rfc3339(now), "lastTransitionTime": rfc3339(since)}
    found = [
        {"type": kind, "status": "False", "reason": reason, "message": message, **times}
        for kind, reason, message in PRESSURES
    ]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    return [*found, {**ready, **times}]


class Nodes:
    """Registers the nodes and keeps them alive."""

    def __init__(self, client: Client, settings: FleetSettings, clock: Clock, count: int) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._since = clock.now()
        self.all = [
            SimulatedNode(settings.name.format(index), index, settings.node_cidr(index, count))
            for index in range(count)
        ]
        self.by_name = {node.name: node for node in self.all}

    async def register_all(self) -> None:
        """Create the nodes that do not exist, and say of all that they are well."""
        await self._each(self.all, self._register)

    def lose(self, name: str) -> SimulatedNode:
        """Let a node fall silent: neither it nor its pods are looked after any more."""
        node = self.by_name.pop(name)
        self.all.remove(node)
        return node

    async def restore(self, node: SimulatedNode) -> None:
        """Let a silent node come back, and tell so at once."""
        self.by_name[node.name] = node
        self.all.append(node)
        await self._renew(node)
        await self._report(node)

    async def run(self) -> None:
        """Renew leases and report statuses, each node in its turn; never returns."""
        async with asyncio.TaskGroup() as group:
            if self._settings.lease_seconds:
                create_task(group, self._rounds(self._settings.lease_seconds, "lease"), name="fleet-leases")
            if self._settings.heartbeat_seconds:
                create_task(group, self._rounds(self._settings.heartbeat_seconds, "status"), name="fleet-heartbeats")

    async def _rounds(self, seconds: float, what: str) -> None:
        """Look after a portion of the nodes at a time, so that their requests spread over the interval."""
        act = self._renew if what == "lease" else self._report
        portions = min(TICKS, max(1, len(self.all)))
        number = 0
        while True:
            await self._each(self.all[number % portions :: portions], act)
            number += 1
            await self._clock.sleep(seconds / portions)

    async def _each(self, nodes: Sequence[SimulatedNode], act: Any) -> None:
        places = asyncio.Semaphore(self._settings.writers)

        async def one(node: SimulatedNode) -> None:
            async with places:
                try:
                    await act(node)
                except (StatusError, OSError) as error:
                    log.warning("node %s: %s", node.name, error)

        async with asyncio.TaskGroup() as group:
            for node in nodes:
                create_task(group, one(node), name=f"node {node.name}")

    async def _register(self, node: SimulatedNode) -> None:
        wanted = node_object(self._settings, node, self._clock.now())
        while True:
            try:
                stored = await self._create(wanted)
                break
            except (StatusError, OSError) as error:
                log.warning("cannot register %s: %s", node.name, error)
                await self._clock.sleep(RETRY_SECONDS)
        node.cidr = (stored.get("spec") or {}).get("podCIDR") or node.cidr
        if self._settings.lease_seconds:
            await self._renew(node)

    async def _create(self, wanted: dict[str, Any]) -> Object:
        name = wanted["metadata"]["name"]
        try:
            stored = await self._client.create(wanted)
            if (stored.get("status") or {}).get("conditions"):
                return stored
        except StatusError as error:
            if error.reason != "AlreadyExists":
                raise
            stored = await self._client.get("Node", name)
            metadata = {key: wanted["metadata"][key] for key in ("labels", "annotations")}
            await self._client.patch("Node", name, {"metadata": metadata})
        await self._client.patch("Node", name, {"status": wanted["status"]}, type="strategic", subresource="status")
        return stored

    async def _report(self, node: SimulatedNode) -> None:
        status = {"conditions": conditions(self._clock.now(), self._since)}
        await self._client.patch("Node", node.name, {"status": status}, type="strategic", subresource="status")

    async def _renew(self, node: SimulatedNode) -> None:
        spec = {
            "holderIdentity": node.name, "leaseDurationSeconds": max(40, int(4 * self._settings.lease_seconds)),
            "renewTime": rfc3339_micro(self._clock.now()),
        }
        try:
            await self._client.patch(LEASE_KIND, node.name, {"spec": spec}, LEASES)
        except StatusError as error:
            if error.code != 404:
                raise
            lease = {
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec,
                "metadata": {"name": node.name, "namespace": LEASES},
            }
            await self._client.create(lease)
