"""Fills addresses and node ports of Services, and gives them back."""


from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import errors
from kubewheel.api.errors import FieldError
from kubewheel.apiserver.service_allocation.addresses import Addresses, Full, OutOfRange, Taken
from kubewheel.apiserver.service_allocation.node_ports import NodePorts
from kubewheel.libs.wire import Object

EXTERNAL_NAME, NONE = "ExternalName", "None"
OTHER_FAMILY = {"IPv4": "IPv6", "IPv6": "IPv4"}


@dataclass(slots=True)
class Taking:
    """What was taken for a service that is about to be written, and what its predecessor held besides."""

    services: "Services"
    service: Object
    addresses: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    old_addresses: list[str] = field(default_factory=list)
    old_ports: list[int] = field(default_factory=list)

    async def commit(self) -> None:
        """Give back what only the predecessor held."""
        await self.services.give_back(self.service, self.old_addresses, self.old_ports)

    async def cancel(self) -> None:
        """Give back what was taken."""
        await self.services.give_back(self.service, self.addresses, self.ports)


def addresses_of(service: Object | None) -> list[str]:
    """Return the cluster IPs that `service` holds."""
    spec = (service or {}).get("spec") or {}
    if spec.get("type") == EXTERNAL_NAME:
        return []
    listed = spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else [])
    return [address for address in listed if address and address != NONE]


def ports_of(service: Object | None) -> list[int]:
    """Return the node ports that `service` holds."""
    spec = (service or {}).get("spec") or {}
    found = {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")}
    if spec.get("healthCheckNodePort"):
        found.add(spec["healthCheckNodePort"])
    return sorted(found)


def needs_ports(spec: Object) -> bool:
    """Tell whether each port needs one on the nodes."""
    if spec.get("type") == "LoadBalancer":
        return spec.get("allocateLoadBalancerNodePorts") is not False
    return bool(spec.get("type") == "NodePort")


class Services:
    """Takes and gives back for Services."""

    def __init__(self, addresses: Addresses, ports: NodePorts) -> None:
        self._addresses = addresses
        self._ports = ports

    async def reserve(self, content: dict[str, Any], old: Object | None, *, dry_run: bool) -> Taking:
        """Complete `content` with addresses and ports of its own; raise 422 for those it cannot have."""
        taking = Taking(self, content)
        try:
            await self._reserve_addresses(content, old, taking, dry_run)
            await self._reserve_ports(content, old, taking, dry_run)
        except BaseException:
            await taking.cancel()
            raise
        taking.old_addresses = [each for each in addresses_of(old) if each not in addresses_of(content)]
        taking.old_ports = [each for each in ports_of(old) if each not in ports_of(content)]
        return taking

    async def release(self, old: Object) -> None:
        """Give back all that a deleted service held."""
        await self.give_back(old, addresses_of(old), ports_of(old))

    async def give_back(self, service: Object, addresses: list[str], ports: list[int]) -> None:
        """Free addresses and ports of `service`."""
        for address in addresses:
            await self._addresses.give_back(address, service)
        for port in ports:
            await self._ports.give_back(port, service)

    async def _reserve_addresses(
        self, content: dict[str, Any], old: Object | None, taking: Taking, dry_run: bool
    ) -> None:
        spec = content["spec"]
        if spec.get("type") == EXTERNAL_NAME:
            return
        listed = list(spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else []))
        self._set_families(content, is_headless=listed[:1] == [NONE])
        if listed[:1] == [NONE]:
            spec["clusterIP"], spec["clusterIPs"] = NONE, [NONE]
            return
        held = set(addresses_of(old))
        if not listed:
            listed = [await self._take_any_address(content, taking, dry_run)]
        for address in listed:
            if address not in held and address not in taking.addresses:
                await self._take_address(content, address, listed, taking, dry_run)
        spec["clusterIP"], spec["clusterIPs"] = listed[0], listed

    async def _take_any_address(self, content: Object, taking: Taking, dry_run: bool) -> str:
        try:
            address = await self._addresses.take_any(content, dry_run=dry_run)
        except Full as error:
            raise errors.internal(f"failed to allocate a serviceIP: {error}") from error
        if not dry_run:
            taking.addresses.append(address)
        return address

    async def _take_address(
        self, content: Object, address: str, listed: list[str], taking: Taking, dry_run: bool
    ) -> None:
        try:
            await self._addresses.take(address, content, dry_run=dry_run)
        except Taken:
            raise _bad_address(content, address, listed, "provided IP is already allocated") from None
        except OutOfRange as error:
            raise _bad_address(content, address, listed, str(error)) from error
        if not dry_run:
            taking.addresses.append(address)

    def _set_families(self, content: dict[str, Any], *, is_headless: bool) -> None:
        spec, own = content["spec"], self._addresses.family
        selectorless = is_headless and not spec.get("selector")
        policy = spec.setdefault("ipFamilyPolicy", "RequireDualStack" if selectorless else "SingleStack")
        families = spec.get("ipFamilies") or [own]
        faults = []
        if selectorless:
            if len(families) < 2 and policy != "SingleStack":
                families = [families[0], OTHER_FAMILY[families[0]]]
        else:
            if policy == "RequireDualStack":
                faults.append(FieldError(
                    "spec.ipFamilyPolicy", "Invalid value", policy,
                    "this cluster is not configured for dual-stack services",
                ))
            faults += [
                FieldError(f"spec.ipFamilies[{place}]", "Invalid value", family, "not configured on this cluster")
                for place, family in enumerate(families) if family != own
            ]
        if faults:
            raise errors.invalid("", "Service", content["metadata"].get("name", ""), faults)
        spec["ipFamilies"] = families

    async def _reserve_ports(
        self, content: dict[str, Any], old: Object | None, taking: Taking, dry_run: bool
    ) -> None:
        spec, held = content["spec"], set(ports_of(old))
        chosen: dict[int, int] = {}  # Port of the service: its node port; TCP and UDP of one port share it.
        used: set[tuple[str, int]] = set()
        for place, port in enumerate(spec.get("ports") or ()):
            where = f"spec.ports[{place}].nodePort"
            wanted = port.get("nodePort") or 0
            if not wanted and not needs_ports(spec):
                continue
            if not wanted and port["port"] in chosen:
                shared = (port.get("protocol", "TCP"), chosen[port["port"]])
                wanted = chosen[port["port"]] if shared not in used else 0
            number = await self._take_port(content, where, wanted, held, taking, dry_run)
            port["nodePort"] = number
            chosen.setdefault(port["port"], number)
            used.add((port.get("protocol", "TCP"), number))
        if spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local":
            spec["healthCheckNodePort"] = await self._take_port(
                content, "spec.healthCheckNodePort", spec.get("healthCheckNodePort") or 0, held, taking, dry_run
            )

    async def _take_port(
        self, content: Object, where: str, wanted: int, held: set[int], taking: Taking, dry_run: bool
    ) -> int:
        if wanted in held or wanted in taking.ports:
            return wanted
        try:
            if wanted:
                await self._ports.take(wanted, content, dry_run=dry_run)
            else:
                wanted = await self._ports.take_any(content, dry_run=dry_run)
        except Taken:
            raise _bad_port(content, where, wanted, "provided port is already allocated") from None
        except OutOfRange as error:
            raise _bad_port(content, where, wanted, str(error)) from error
        except Full as error:
            raise errors.internal(f"failed to allocate a nodePort: {error}") from error
        if not dry_run:
            taking.ports.append(wanted)
        return wanted


def _bad_port(content: Object, where: str, port: int, detail: str) -> errors.StatusError:
    fault = FieldError(where, "Invalid value", port, detail)
    return errors.invalid("", "Service", content["metadata"].get("name", ""), [fault])


def _bad_address(content: Object, address: str, listed: list[str], detail: str) -> errors.StatusError:
    fault = FieldError("spec.clusterIPs", "Invalid value", listed, f"failed to allocate IP {address}: {detail}")
    return errors.invalid("", "Service", content["metadata"].get("name", ""), [fault])
