"""The node with containers of a test's cluster: containerd, agent, service proxy and DNS of its own, as `up` has them.

Everything lies in one folder and in address ranges that nothing else on the machine uses, and goes with the cluster.
"""

import asyncio
import datetime
import ipaddress
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from kubewheel import dns, proxy
from kubewheel.api import conditions
from kubewheel.apiserver import ApiServerSettings
from kubewheel.apiserver.nodes import HttpsNodes
from kubewheel.client import Client
from kubewheel.launch import api, cluster, machine, nodes, pki
from kubewheel.launch.layout import Layout
from kubewheel.launch.settings import CONTAINERD, ClusterSettings
from kubewheel.libs import containerd, tls
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object
from kubewheel.storage import Store
from kubewheel.testing.endpoint import Place, authority

READY_SECONDS = 60.0
# Why a container may go on waiting although nobody is at work on it.
AT_REST = frozenset((
    "CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName",
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
))


class Containers:
    """The node: its files and ranges from the start, its processes from `start` to `remove`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Not pytest's own folders: the path of containerd's socket must stay short.
        self._folder = tempfile.TemporaryDirectory(prefix="kwt-", dir="/var/tmp")
        here = machine.observe()
        self.prepared = cluster.Prepared(Layout(Path(self._folder.name)), _settings(here.address), here)
        self._write_certificates()
        self._plan = nodes.plan(self.prepared)
        self._seen, self._busy = -1, 0

    def _write_certificates(self) -> None:
        prepared, pair = self.prepared, authority()
        folder = prepared.layout.pki
        for path, content in zip(
            pki.paths(folder, pki.AUTHORITY), (pair.certificate_pem(), pair.key_pem()), strict=True
        ):
            tls.write_private(path, content)
        here, chosen = prepared.machine, prepared.settings
        names = pki.Names(here.name, here.addresses, chosen.api_address, chosen.domain)
        pki.ensure(folder, names, [here.name], datetime.datetime.now(datetime.UTC))

    # What the API server needs to know.

    def server_settings(self, settings: ApiServerSettings) -> ApiServerSettings:
        """Return `settings` for a server that pods can reach."""
        chosen = self.prepared.settings
        return replace(
            settings, advertise_address=self.prepared.machine.address, advertise_port=chosen.port,
            service_cidr=chosen.service_cidr, node_ports=chosen.node_port_range,
            client_ca=authority().certificate_pem(),
        )

    def place(self) -> Place:
        """Return where the server listens, and as whom."""
        folder = self.prepared.layout.pki
        context = tls.server_context(*pki.paths(folder, pki.API_SERVER), pki.paths(folder, pki.AUTHORITY)[0])
        return api.EVERYWHERE, self.prepared.settings.port, context

    def connector(self) -> HttpsNodes:
        """Return how the server reaches the node's agent."""
        return api.nodes(self.prepared)

    # Life.

    async def start(self, group: asyncio.TaskGroup, client: Callable[..., Client]) -> None:
        """Run the node, service proxy and DNS; return when the node is ready."""
        prepared = self.prepared
        name = prepared.machine.name
        node = client(f"system:node:{name}", "system:nodes")
        create_task(group, nodes.run(self._plan, node, self._clock), name="node")
        create_task(
            group, proxy.run(
                client("system:kube-proxy", "system:node-proxier"), cluster.proxy_settings(prepared), self._clock
            ), name="proxy",
        )
        create_task(group, dns.run(client("system:kube-dns"), cluster.dns_settings(prepared), self._clock), name="dns")
        changes = client("kubewheel", "system:masters").watch("Node", fields=f"metadata.name={name}")
        async with asyncio.timeout(READY_SECONDS), aclosing(changes) as events:
            async for event in events:
                if conditions.is_true(event.object, "Ready"):
                    return

    async def import_images(self, archive: bytes) -> None:
        """Make the images of an OCI or docker archive known to the node."""
        assert self._plan.own is not None, "the containerd is our own"
        await containerd.Containerd(self._plan.own, self._clock).import_archive(archive)

    def busy(self, store: Store) -> int:
        """Return how many pods are on their way: to their node, up, or down."""
        if store.revision != self._seen:
            self._seen = store.revision
            self._busy = sum(_is_on_its_way(entry.object) for entry in store.list("pods").entries)
        return self._busy

    async def remove(self) -> None:
        """End the containers, remove everything that they left on the machine, then the files."""
        try:
            await nodes.remove(self._plan, self._clock)
            await proxy.remove(cluster.proxy_settings(self.prepared))
        finally:
            self._folder.cleanup()


def _is_on_its_way(pod: Object) -> bool:
    status = pod.get("status") or {}
    if not (pod.get("spec") or {}).get("nodeName"):
        return False  # The scheduler knows whether it is at work on it.
    if pod["metadata"].get("deletionTimestamp"):
        return True
    told = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    waiting = [(each.get("state") or {}).get("waiting") for each in told]
    if any(each and each.get("reason") in AT_REST for each in waiting):
        return False
    return bool(status.get("phase", "Pending") == "Pending")


def _settings(address: str) -> ClusterSettings:
    """Return settings whose ports and ranges are free on this machine."""
    services, pods = _free_ranges()
    return ClusterSettings(
        runtime=CONTAINERD, port=machine.free_port(address), kubelet_port=machine.free_port(address),
        dns_port=machine.free_port(address), service_cidr=services, cluster_cidr=pods, has_context=False,
    )


def _free_ranges() -> tuple[str, str]:
    """Return a range of Services and one of pods that this machine reaches nothing else by.

    Test runs in parallel begin their search at different places, because a range shows in the routes only once the
    first pod has an address.
    """
    taken = [network for _, network in machine.routes()]
    found = (
        each for each in _candidates(os.getpid()) if not any(each.overlaps(network) for network in taken)
    )
    services, pods = next(found), next(found)
    return str(services), str(pods)


def _candidates(start: int) -> Iterator[ipaddress.IPv4Network]:
    every = list(ipaddress.ip_network("10.128.0.0/10").subnets(new_prefix=22))
    offset = start * 7 % len(every)
    for network in (*every[offset:], *every[:offset]):
        assert isinstance(network, ipaddress.IPv4Network)
        yield network
