"""Names of Services, their endpoints and pods.

Source: https://github.com/kubernetes/dns/blob/master/docs/specification.md (schema version 1.1.0); dashed-address
names of endpoints and pods as CoreDNS serves them.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from kubewheel.api import endpoint_slices
from kubewheel.client import Informer
from kubewheel.libs import dnswire
from kubewheel.libs.dnswire import Answer, Code, Question, Record, Type
from kubewheel.libs.wire import Object

SCHEMA_VERSION = "1.1.0"
SOA_TIMES = (1, 7200, 1800, 86400, 5)  # serial, refresh, retry, expire, negative TTL in seconds
MAX_ALIASES = 8  # Services that stand for each other must not be followed for ever.
DASHED_ADDRESS = re.compile(r"\d{1,3}(-\d{1,3}){3}")


class Resolve(Protocol):
    """Asks for the addresses of a name outside the cluster."""

    async def __call__(self, name: str, record_type: int) -> Sequence[Record]:
        """Return the records, empty if there are none."""
        ...


def endpoint_addresses(piece: Object) -> list[str]:
    """Index function: the addresses in an EndpointSlice."""
    return [address for entry in piece.get("endpoints") or () for address in entry.get("addresses") or ()]


def service_addresses(service: Object) -> list[str]:
    """Index function: the cluster addresses of a Service."""
    spec = service.get("spec", {})
    addresses = spec.get("clusterIPs") or [spec.get("clusterIP")]
    return [address for address in addresses if address not in (None, "", "None")]


def _external(spec: Object) -> str:
    return str(spec.get("externalName", "")).rstrip(".").lower()


class Kubernetes:
    """Answers for the cluster's domain and for addresses that belong to Services."""

    def __init__(
        self, services: Informer, slices: Informer, namespaces: Informer, domain: str, ttl: int, resolve: Resolve
    ) -> None:
        self._services = services
        self._slices = slices
        self._namespaces = namespaces
        self._domain = domain
        self._ttl = ttl
        self._resolve = resolve

    async def answer(self, question: Question) -> Answer | None:
        """Answer inside the cluster's domain; reverse names only when the address is known."""
        address = dnswire.reverse_address(question.name)
        if address:
            return self._reverse(question, address)
        if not self._is_inside(question.name):
            return None
        if not self._is_ready():
            return Answer(Code.SERVFAIL, is_authoritative=False)
        labels = question.name[: -len(self._domain)].rstrip(".").split(".")
        return await self._inside(question, [label for label in labels if label])

    def _is_ready(self) -> bool:
        return self._services.has_synced and self._slices.has_synced and self._namespaces.has_synced

    async def _inside(self, question: Question, labels: list[str]) -> Answer:
        if not labels:
            return self._apex(question)
        if labels == ["dns-version"]:
            return self._some(question, [Record(question.name, Type.TXT, SCHEMA_VERSION, self._ttl)])
        zone = labels[-1]
        if zone not in ("svc", "pod"):
            return self._missing()
        if len(labels) == 1:
            return self._no_data()
        if self._namespaces.get("", labels[-2]) is None:
            return self._missing()
        if len(labels) == 2:
            return self._no_data()
        if zone == "pod":
            return self._pod(question, labels[:-2])
        return await self._service(question, labels[-2], labels[:-2])

    def _apex(self, question: Question) -> Answer:
        server = f"ns.dns.{self._domain}"
        records = [Record(question.name, Type.NS, server, self._ttl), self._authority()]
        return self._some(question, records)

    def _pod(self, question: Question, rest: list[str]) -> Answer:
        if len(rest) != 1 or not DASHED_ADDRESS.fullmatch(rest[0]):
            return self._missing()
        address = rest[0].replace("-", ".")
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            return self._missing()
        return self._some(question, [Record(question.name, Type.A, address, self._ttl)])

    async def _service(self, question: Question, namespace: str, rest: list[str]) -> Answer:
        service = self._services.get(namespace, rest[-1])
        if service is None:
            return self._missing()
        spec = service.get("spec", {})
        if spec.get("type") == "ExternalName":
            return await self._external_name(question, spec) if len(rest) == 1 else self._missing()
        is_headless = spec.get("clusterIP", "") == "None"
        if len(rest) == 1:
            addresses = self._headless(service) if is_headless else service_addresses(service)
            if is_headless and not addresses:
                return self._missing()
            return self._addresses(question, addresses, service)
        if len(rest) == 2:
            return self._endpoint(question, service, rest[0])
        if len(rest) == 3 and rest[0].startswith("_") and rest[1].startswith("_"):
            return self._named_port(question, service, rest[0][1:], rest[1][1:])
        return self._missing()

    async def _external_name(self, question: Question, spec: Object) -> Answer:
        name, target = question.name, _external(spec)
        records = [Record(name, Type.CNAME, target, self._ttl)]
        if question.type not in (Type.A, Type.AAAA):
            return Answer(records=records)
        for _ in range(MAX_ALIASES):
            if not self._is_inside(target):
                return Answer(records=[*records, *await self._resolve(target, question.type)])
            further = self._alias(target)
            if further is None:
                found = await self.answer(Question(target, question.type, b""))
                return Answer(records=[*records, *(found.records if found is not None else ())])
            records.append(Record(target, Type.CNAME, _external(further), self._ttl))
            target = _external(further)
        return Answer(Code.SERVFAIL, is_authoritative=False)

    def _is_inside(self, name: str) -> bool:
        return name == self._domain or name.endswith(f".{self._domain}")

    def _alias(self, name: str) -> Object | None:
        """Return the spec of the Service that is known by `name`, if it stands for another name."""
        labels = name[: -len(self._domain)].rstrip(".").split(".")
        service = self._services.get(labels[1], labels[0]) if len(labels) == 3 and labels[2] == "svc" else None
        spec: Object = service.get("spec", {}) if service is not None else {}
        return spec if spec.get("type") == "ExternalName" else None

    def _headless(self, service: Object) -> list[str]:
        return list(dict.fromkeys(address for _, address in self._endpoints(service, lambda _: True)))

    def _endpoint(self, question: Question, service: Object, host: str) -> Answer:
        found = [address for name, address in self._endpoints(service, lambda name: name == host)]
        if not found:
            return self._missing()
        return self._addresses(question, list(dict.fromkeys(found)), service)

    def _addresses(self, question: Question, addresses: Sequence[str], service: Object) -> Answer:
        records = [
            Record(question.name, Type.AAAA if ":" in address else Type.A, address, self._ttl) for address in addresses
        ]
        if question.type == Type.SRV:
            return self._all_ports(question, service)
        return self._some(question, records)

    def _all_ports(self, question: Question, service: Object) -> Answer:
        records: list[Record] = []
        for name, protocol in self._port_names(service):
            records.extend(self._services_records(question.name, service, name, protocol))
        return self._some(question, records)

    def _named_port(self, question: Question, service: Object, port: str, protocol: str) -> Answer:
        records = self._services_records(question.name, service, port, protocol)
        if not records:
            return self._missing()
        return self._some(question, records)

    def _port_names(self, service: Object) -> list[tuple[str, str]]:
        return [
            (port.get("name", ""), port.get("protocol", "TCP").lower()) for port in service["spec"].get("ports") or ()
        ]

    def _services_records(self, owner: str, service: Object, port: str, protocol: str) -> list[Record]:
        """Return the SRV records of one port: the Service itself, or each endpoint of a headless one."""
        meta, spec = service["metadata"], service["spec"]
        base = f"{meta['name']}.{meta['namespace']}.svc.{self._domain}"
        if spec.get("clusterIP") != "None":
            return [
                Record(owner, Type.SRV, (0, 100, entry["port"], base), self._ttl)
                for entry in spec.get("ports") or ()
                if entry.get("name", "") == port and entry.get("protocol", "TCP").lower() == protocol
            ]
        found: list[tuple[int, str]] = []
        for piece in self._slices_of(service):
            numbers = [
                entry["port"] for entry in piece.get("ports") or ()
                if (entry.get("name") or "") == port and (entry.get("protocol") or "TCP").lower() == protocol
                and entry.get("port")
            ]
            hosts = [name for name, _ in _ready_endpoints(piece)]
            found.extend((number, host) for number in numbers for host in dict.fromkeys(hosts))
        return [Record(owner, Type.SRV, (0, 100, number, f"{host}.{base}"), self._ttl) for number, host in found]

    def _endpoints(self, service: Object, wanted: Callable[[str], bool]) -> Iterable[tuple[str, str]]:
        for piece in self._slices_of(service):
            for name, address in _ready_endpoints(piece):
                if wanted(name):
                    yield name, address

    def _slices_of(self, service: Object) -> Sequence[Object]:
        meta = service["metadata"]
        return self._slices.by_index("service", f"{meta['namespace']}/{meta['name']}")

    def _reverse(self, question: Question, address: str) -> Answer | None:
        names = [
            f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc.{self._domain}"
            for service in self._services.by_index("address", address)
        ] or list(self._reverse_endpoints(address))
        if not names:
            return None
        return self._some(question, [Record(question.name, Type.PTR, name, self._ttl) for name in names])

    def _reverse_endpoints(self, address: str) -> Iterable[str]:
        for piece in self._slices.by_index("address", address):
            meta = piece["metadata"]
            owner = endpoint_slices.service_name(piece)
            service = self._services.get(meta["namespace"], owner) if owner else None
            if service is None or service["spec"].get("clusterIP") != "None":
                continue
            for name, found in _ready_endpoints(piece):
                if found == address:
                    yield f"{name}.{owner}.{meta['namespace']}.svc.{self._domain}"

    def _some(self, question: Question, records: Sequence[Record]) -> Answer:
        fitting = [record for record in records if question.type in (record.type, Type.ANY)]
        return Answer(records=fitting) if fitting else self._no_data()

    def _no_data(self) -> Answer:
        return Answer(authority=[self._authority()])

    def _missing(self) -> Answer:
        return Answer(Code.NXDOMAIN, authority=[self._authority()])

    def _authority(self) -> Record:
        data = (f"ns.dns.{self._domain}", f"hostmaster.{self._domain}", SOA_TIMES)
        return Record(self._domain, Type.SOA, data, self._ttl)


def _ready_endpoints(piece: Object) -> Iterable[tuple[str, str]]:
    """Yield (host name, address) of what is ready; the name is the dashed address when the pod has no host name."""
    for entry in piece.get("endpoints") or ():
        if (entry.get("conditions") or {}).get("ready") is False:
            continue
        for address in entry.get("addresses") or ():
            yield entry.get("hostname") or address.replace(".", "-").replace(":", "-"), address
