"""Keeps the kernel's table in step with Services and EndpointSlices.

A change marks its Service dirty; one pass takes all dirty Services into one transaction. A failed transaction is
followed by a replacement of the whole table, with back-off.
"""

import asyncio
import logging
from pathlib import Path

from kubewheel.api import endpoint_slices
from kubewheel.client import Client, Informer, Informers
from kubewheel.libs import nft, tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object
from kubewheel.proxy import rules, state
from kubewheel.proxy.settings import ProxySettings

FAMILY = "ip"
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    # Without it packets between pods of one bridge skip the address rewriting on their way back.
    "net/bridge/bridge-nf-call-iptables": "1",
}
log = logging.getLogger(__name__)


async def run(client: Client, settings: ProxySettings, clock: Clock, kernel: nft.Nft | None = None) -> None:
    """Serve Services on this node until cancelled."""
    set_sysctls(Path("/proc/sys"))
    informers = Informers(client, clock)
    services = informers.informer("Service")
    slices = informers.informer("EndpointSlice.discovery.k8s.io", indexes={"service": endpoint_slices.service_keys})
    syncer = Syncer(services, slices, settings, kernel or nft.Kernel())
    async with asyncio.TaskGroup() as group:
        tasks.create_task(group, informers.run(), name="proxy-informers")
        await services.wait_synced()
        await slices.wait_synced()
        tasks.create_task(group, syncer.run(clock), name="proxy-sync")


async def remove(settings: ProxySettings, kernel: nft.Nft | None = None) -> None:
    """Remove the table of this cluster from the kernel."""
    await (kernel or nft.Kernel()).apply(nft.delete_table(FAMILY, settings.table))


def set_sysctls(root: Path) -> None:
    """Set what forwarding needs, where the kernel has it and it is not set yet."""
    for name, wanted in SYSCTLS.items():
        path = root / name
        if path.exists() and path.read_text().strip() != wanted:
            path.write_text(wanted)


class Syncer:
    """Knows which Services changed and what the kernel holds."""

    def __init__(self, services: Informer, slices: Informer, settings: ProxySettings, kernel: nft.Nft) -> None:
        self._services = services
        self._slices = slices
        self._settings = settings
        self._kernel = kernel
        self._parts: dict[str, nft.Part] = {}
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        services.add_handler(self._service_changed)
        slices.add_handler(self._slice_changed)

    async def run(self, clock: Clock) -> None:
        """Write the whole table once, then what changes."""
        failures = 0
        is_whole = True
        while True:
            try:
                await (self._replace() if is_whole else self._change())
            except nft.Failed as error:
                log.error("service rules were not applied, retrying with the whole table: %s", error)
                await clock.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures, is_whole = failures + 1, True
                continue
            failures, is_whole = 0, False
            await self._wake.wait()

    async def _replace(self) -> None:
        self._wake.clear()
        self._dirty.clear()
        parts = {}
        for service in self._services.list():
            key = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
            parts[key] = self._plan(key)
        whole = rules.base(self._settings)
        for part in parts.values():
            whole.merge(part)
        await self._kernel.apply(nft.replace_table(FAMILY, self._settings.table, whole))
        self._parts = parts

    async def _change(self) -> None:
        self._wake.clear()
        dirty, self._dirty = self._dirty, set()
        old, new = nft.Part(), nft.Part()
        planned = {key: self._plan(key) for key in dirty}
        for key, part in planned.items():
            old.merge(self._parts.get(key, nft.Part()))
            new.merge(part)
        transaction = nft.change_table(FAMILY, self._settings.table, old, new)
        if transaction:
            await self._kernel.apply(transaction)
        self._parts.update(planned)
        for key, part in planned.items():
            if not part.chains and not part.elements:
                del self._parts[key]

    def _plan(self, key: str) -> nft.Part:
        namespace, _, name = key.partition("/")
        service = self._services.get(namespace, name)
        if service is None:
            return nft.Part()
        ports = state.service_ports(service, self._slices.by_index("service", key), self._settings.node_name)
        return rules.service(ports, self._settings)

    def _service_changed(self, _: str, new: Object | None, old: Object | None) -> None:
        piece = new if new is not None else old
        if piece is not None:
            self._mark(f"{piece['metadata']['namespace']}/{piece['metadata']['name']}")

    def _slice_changed(self, _: str, new: Object | None, old: Object | None) -> None:
        for piece in (new, old):
            if piece is not None:
                for owner in endpoint_slices.service_keys(piece):
                    self._mark(owner)

    def _mark(self, key: str) -> None:
        self._dirty.add(key)
        self._wake.set()
