"""At start: makes what is taken agree with what services hold, whatever a crash left behind."""

from kubewheel.apiserver.follow import FollowedStore
from kubewheel.apiserver.service_allocation import addresses, node_ports
from kubewheel.apiserver.service_allocation.addresses import Addresses, OutOfRange, Taken
from kubewheel.apiserver.service_allocation.node_ports import NodePorts
from kubewheel.apiserver.service_allocation.services import addresses_of, ports_of
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Entry


async def repair(store: FollowedStore, cluster_ips: Addresses, ports: NodePorts) -> None:
    """Free what no service holds, take what services hold."""
    services = [entry.object for entry in store.list("services").entries]
    held_addresses = {address: service for service in services for address in addresses_of(service)}
    held_ports = {port: service for service in services for port in ports_of(service)}
    for entry in store.list(addresses.RESOURCE).entries:
        managed = (entry.object["metadata"].get("labels") or {}).get("ipaddress.kubernetes.io/managed-by")
        holder = held_addresses.get(entry.key.name)
        if managed == addresses.MANAGER and not (holder and Addresses.is_holder(entry.object, holder)):
            await _free(store, entry)
    for entry in store.list(node_ports.RESOURCE).entries:
        service = held_ports.get(int(entry.key.name))
        if service is None or not node_ports.is_holder(entry.object, service):
            await _free(store, entry)
    await _take_all(cluster_ips, ports, held_addresses, held_ports)


async def _take_all(
    cluster_ips: Addresses, ports: NodePorts, held_addresses: dict[str, Object], held_ports: dict[int, Object]
) -> None:
    for address, service in held_addresses.items():
        try:
            await cluster_ips.take(address, service)
        except (Taken, OutOfRange):
            continue  # As it should be, or of a range that is configured no more.
    for port, service in held_ports.items():
        try:
            await ports.take(port, service)
        except (Taken, OutOfRange):
            continue


async def _free(store: FollowedStore, entry: Entry) -> None:
    try:
        await store.write(entry.key, None, expected=entry.revision)
    except Conflict:
        return
