"""What a cluster is made of: decided at the first start, kept in its data directory, checked at every later one."""

import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from kubewheel.libs import tls

CONTAINERD = "containerd"
SIMULATED = "simulated"
FIXED = (  # Objects that exist already depend on these.
    "runtime", "service_cidr", "cluster_cidr", "domain", "etcd_prefix",
)
PORTS = ("port", "kubelet_port")  # 0 takes any at the first start only: clients know them afterwards
PARTS = ("controllers", "scheduler", "proxy", "dns", "node")  # what may run elsewhere than beside the API server
FILES = (  # named once, read at every start
    "token_auth_file", "encryption_provider_config", "etcd_cafile", "etcd_certfile", "etcd_keyfile",
    "admission_control_config_file",
)
AUTHORIZATION_MODES = ("RBAC", "Node", "AlwaysAllow", "AlwaysDeny")


class Unfit(ValueError):
    """What was asked for cannot be done; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Settings of one cluster; port 0 means that any free one is taken at the first start, and kept."""

    runtime: str = CONTAINERD
    nodes: int = 1
    port: int = 6443
    kubelet_port: int = 10250
    dns_port: int = 0
    service_cidr: str = "10.96.0.0/16"
    cluster_cidr: str = "10.244.0.0/16"
    domain: str = "cluster.local"
    node_ports: str = "30000-32767"
    token_auth_file: str = ""
    encryption_provider_config: str = ""
    etcd_servers: str = ""  # by comma; without any, the state is in a file of the data directory
    etcd_prefix: str = "/registry"
    etcd_cafile: str = ""
    etcd_certfile: str = ""
    etcd_keyfile: str = ""
    etcd_servers_overrides: str = ""
    authorization_mode: str = "Node,RBAC"
    enable_admission_plugins: str = ""
    disable_admission_plugins: str = ""
    admission_control_config_file: str = ""
    retired_apis: bool = True  # serve versions that upstream serves no more
    max_requests_inflight: int = 400
    max_mutating_requests_inflight: int = 200
    enable_priority_and_fairness: bool = True
    without: str = ""  # parts that the cluster's process leaves out, by comma
    has_context: bool = True  # write a context into the user's own client configuration
    previous_context: str = ""  # which context was current there before

    @property
    def api_address(self) -> str:
        """The first address of the service range: the cluster address of the API server."""
        return str(ipaddress.ip_network(self.service_cidr)[1])

    @property
    def dns_address(self) -> str:
        """The tenth address of the service range, by upstream's custom that of the DNS Service."""
        return str(ipaddress.ip_network(self.service_cidr)[10])

    @property
    def node_port_range(self) -> tuple[int, int]:
        """First and last port that Services may open on nodes."""
        first, _, last = self.node_ports.partition("-")
        return int(first), int(last)

    @property
    def datastore(self) -> dict[str, Any]:
        """What `status` says of where the state is: kind, and the members that serve it."""
        if not self.etcd_servers:
            return {"kind": "sqlite", "masters": [f"127.0.0.1:{self.port}"], "standBy": []}
        masters = [url.partition("://")[2] for url in self.etcd_servers.split(",") if url]
        return {"kind": "etcd", "masters": masters, "standBy": []}

    def has_part(self, name: str) -> bool:
        """Tell whether the cluster's process runs the part of that name."""
        return name not in self.without.split(",")

    def node_names(self, machine: str) -> list[str]:
        """Return the names of the nodes that the cluster has from the start."""
        if self.runtime == CONTAINERD:
            return [machine]
        return [f"node-{index}" for index in range(self.nodes)]


def load(path: Path) -> ClusterSettings | None:
    """Return what the file at `path` holds, or None if there is none; raise Unfit if it cannot be understood."""
    try:
        stored = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Unfit(f"{path} is damaged ({error}); restore it, or start anew with `kubewheel down --wipe`") from error
    known = {field.name for field in fields(ClusterSettings)}
    return ClusterSettings(**{name: value for name, value in stored.items() if name in known})


def save(path: Path, settings: ClusterSettings) -> None:
    """Keep `settings` for the next start."""
    tls.write_private(path, json.dumps(asdict(settings), indent=2).encode() + b"\n")


def decide(stored: ClusterSettings | None, given: Mapping[str, Any]) -> ClusterSettings:
    """Return the settings for a start with the options `given`, on top of what was `stored` at an earlier one."""
    paths = {name: os.path.abspath(given[name]) for name in FILES if given.get(name)}
    settings = replace(stored or ClusterSettings(), **{**given, **paths})
    if stored is not None:
        kept = {name: getattr(stored, name) for name in PORTS if not getattr(settings, name)}
        settings = replace(settings, **kept)
        for name in FIXED:
            before, wanted = getattr(stored, name), getattr(settings, name)
            if before != wanted:
                raise Unfit(
                    f"this cluster was made with {name.replace('_', ' ')} {before}, which cannot become {wanted}; "
                    "use another --data-dir, or `kubewheel down --wipe` to start anew"
                )
        _refuse_move(stored, settings)
    _check(settings)
    return settings


def _refuse_move(stored: ClusterSettings, settings: ClusterSettings) -> None:
    """Raise Unfit for a start that would find an empty store and leave the cluster's objects elsewhere."""
    if bool(stored.etcd_servers) != bool(settings.etcd_servers):
        before, wanted = ("etcd", "a file") if stored.etcd_servers else ("a file", "etcd")
        raise Unfit(
            f"this cluster's state is in {before}, which cannot become {wanted}; use another --data-dir, "
            "or `kubewheel down --wipe` to start anew"
        )


def _check(settings: ClusterSettings) -> None:
    for name, smallest in (("service_cidr", 28), ("cluster_cidr", 24)):
        value = getattr(settings, name)
        try:
            network = ipaddress.IPv4Network(value)
        except ValueError as error:
            raise Unfit(f"{name.replace('_', ' ')} {value!r} is no IPv4 network: {error}") from error
        if network.prefixlen > smallest:
            raise Unfit(f"{name.replace('_', ' ')} {value} is too small; at least a /{smallest} is needed")
    if ipaddress.ip_network(settings.service_cidr).overlaps(ipaddress.ip_network(settings.cluster_cidr)):
        raise Unfit(f"service range {settings.service_cidr} and pod range {settings.cluster_cidr} overlap")
    if settings.runtime == CONTAINERD and settings.nodes != 1:
        raise Unfit("one machine is one containerd node; use --runtime simulated for several nodes on one machine")
    if settings.nodes < 0:
        raise Unfit("the number of nodes cannot be negative")
    _check_words(settings)
    _check_limits(settings)
    _check_ports(settings)


def _check_limits(settings: ClusterSettings) -> None:
    for name in ("max_requests_inflight", "max_mutating_requests_inflight"):
        if getattr(settings, name) < 0:
            raise Unfit(f"--{name.replace('_', '-')} can not be negative value")


def _check_words(settings: ClusterSettings) -> None:
    for mode in settings.authorization_mode.split(","):
        if mode not in AUTHORIZATION_MODES:
            raise Unfit(f"authorization mode {mode!r} is unknown; there are {', '.join(AUTHORIZATION_MODES)}")
    for part in filter(None, settings.without.split(",")):
        if part not in PARTS:
            raise Unfit(f"part {part!r} is unknown; there are {', '.join(PARTS)}")
    _check_admission(settings)


def _check_admission(settings: ClusterSettings) -> None:
    enabled, disabled = words(settings.enable_admission_plugins), words(settings.disable_admission_plugins)
    if not (enabled or disabled or settings.admission_control_config_file):
        return
    from kubewheel.launch import admission  # Brings the API server along, for which most commands have no use.

    try:
        admission.check(enabled, disabled, settings.admission_control_config_file)
    except (OSError, ValueError) as error:
        raise Unfit(str(error)) from error


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list by comma."""
    return tuple(filter(None, (word.strip() for word in text.split(","))))


def _check_ports(settings: ClusterSettings) -> None:
    try:
        first, last = settings.node_port_range
    except ValueError as error:
        raise Unfit(f"node port range {settings.node_ports!r} is not of the form 30000-32767") from error
    if not 0 < first <= last < 65536:
        raise Unfit(f"node port range {settings.node_ports} is not within 1-65535")
    for port in (settings.port, settings.kubelet_port):
        if not 0 <= port < 65536:
            raise Unfit(f"port {port} is not within 0-65535")
