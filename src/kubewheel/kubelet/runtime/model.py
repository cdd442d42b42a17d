"""The plain data that passes between the node agent and a container runtime, and the errors of a runtime."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kubewheel.libs.wire import Object


class RuntimeUnavailable(Exception):
    """The runtime does not answer; what was asked may or may not have happened."""


class RuntimeFailure(Exception):
    """The runtime refused or failed; the text is what it said."""


class NotFound(RuntimeFailure):
    """The sandbox, container or image does not exist."""


class ExecTimeout(RuntimeFailure):
    """A command did not end within its time and was killed."""


class PullError(RuntimeFailure):
    """An image could not be pulled; `reason` is the waiting reason to show: ErrImagePull or another of upstream's."""

    def __init__(self, message: str, reason: str = "ErrImagePull") -> None:
        super().__init__(message)
        self.reason = reason


class SandboxState(StrEnum):
    """Whether a sandbox can hold running containers."""

    READY = "ready"
    NOT_READY = "not-ready"


class ContainerState(StrEnum):
    """Where a container is in its life; each is passed at most once, in this order."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RuntimeVersion:
    """What runs the containers, e.g. containerd 1.6.20; `network_ready` is False with the reason in the message."""

    name: str
    version: str
    network_ready: bool = True
    network_message: str = ""


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Which namespaces of the node a sandbox or container shares, and whether a pod's containers share processes."""

    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    shared_processes: bool = False
    target_container_id: str = ""  # an ephemeral container joins the processes of this one


@dataclass(frozen=True, slots=True)
class Security:
    """Who a process is and what it may do. None: the image's or the runtime's default."""

    user: int | None = None
    group: int | None = None
    username: str = ""  # only where the image names its user and nothing else does
    supplemental_groups: tuple[int, ...] = ()
    privileged: bool = False
    read_only_root: bool = False
    no_new_privileges: bool = False
    add_capabilities: tuple[str, ...] = ()
    drop_capabilities: tuple[str, ...] = ()
    seccomp_profile: str = ""  # "", "RuntimeDefault", "Unconfined", or the absolute path of a profile
    masked_paths: tuple[str, ...] | None = None
    readonly_paths: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits as cgroups take them; zero sets none."""

    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_shares: int = 0
    memory_limit_bytes: int = 0
    oom_score_adj: int = 0
    cpuset_cpus: str = ""


@dataclass(frozen=True, slots=True)
class Dns:
    """What the containers' resolv.conf says."""

    servers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PortMapping:
    """A port of the node that leads to a port of the pod."""

    container_port: int
    host_port: int
    protocol: str = "TCP"
    host_ip: str = ""


@dataclass(frozen=True, slots=True)
class Mount:
    """A path of the node inside a container; `propagation` is private, host-to-container or bidirectional."""

    container_path: str
    host_path: str
    read_only: bool = False
    propagation: str = "private"


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the node inside a container."""

    container_path: str
    host_path: str
    permissions: str = "rwm"


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """A pod's sandbox to be made. `pod` is the API object, for runtimes that only play."""

    pod: Object
    name: str
    namespace: str
    uid: str
    attempt: int = 0
    hostname: str = ""
    log_directory: str = ""
    dns: Dns | None = None
    ports: tuple[PortMapping, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    cgroup_parent: str = ""
    sysctls: Mapping[str, str] = field(default_factory=dict)
    namespaces: Namespaces = Namespaces()
    security: Security = Security()
    resources: Resources = Resources()
    runtime_handler: str = ""


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """A container to be made in a sandbox."""

    name: str
    image: str  # the reference or id that the image can be found by now
    attempt: int = 0
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_directory: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    devices: tuple[Device, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    log_path: str = ""  # relative to the sandbox's log_directory
    stdin: bool = False
    stdin_once: bool = False
    tty: bool = False
    namespaces: Namespaces = Namespaces()
    security: Security = Security()
    resources: Resources = Resources()
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that exists. `ips` is known from `sandbox_status` only, empty in lists and on the host's network."""

    id: str
    name: str
    namespace: str
    uid: str
    attempt: int
    state: SandboxState
    created_at: float
    ips: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Container:
    """A container that exists, as lists show it."""

    id: str
    sandbox_id: str
    name: str
    attempt: int
    state: ContainerState
    created_at: float
    image: str = ""
    image_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContainerStatus:
    """A container in detail."""

    container: Container
    started_at: float = 0.0
    finished_at: float = 0.0
    exit_code: int = 0
    reason: str = ""  # Completed, Error, OOMKilled, StartError, ContainerCannotRun
    message: str = ""
    log_path: str = ""  # absolute
    image_ref: str = ""  # what status.containerStatuses[].imageID shows


@dataclass(frozen=True, slots=True)
class Image:
    """An image on the node."""

    id: str
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    size_bytes: int = 0
    user: int | None = None
    username: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class FilesystemMount:
    """How to mount something, as mount(8) takes it."""

    kind: str
    source: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to log in to an image's registry."""

    username: str = ""
    password: str = ""
    auth: str = ""  # base64 of username:password
    identity_token: str = ""
    registry_token: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class ContainerStats:
    """What a container uses at a moment."""

    container: Container
    timestamp: float
    cpu_nanoseconds: int = 0
    cpu_nanocores: int = 0
    memory_working_set_bytes: int = 0
    memory_usage_bytes: int = 0
    memory_rss_bytes: int = 0
    page_faults: int = 0
    major_page_faults: int = 0
    filesystem_used_bytes: int = 0
    filesystem_used_inodes: int = 0


@dataclass(frozen=True, slots=True)
class TerminalSize:
    """Columns and rows of the client's terminal."""

    width: int
    height: int


@dataclass(slots=True)
class Streams:
    """The ends of a remote command as its client holds them.

    `stdin` yields what the client types and ends at its end of file; None when no standard input was asked for.
    `stdout` and `stderr` wait while the client is slow; None drops the output. With a terminal, all output is stdout.
    """

    stdin: AsyncIterator[bytes] | None = None
    stdout: Callable[[bytes], Awaitable[None]] | None = None
    stderr: Callable[[bytes], Awaitable[None]] | None = None
    resizes: asyncio.Queue[TerminalSize] | None = None
