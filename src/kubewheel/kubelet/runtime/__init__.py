"""What the node agent asks of a container runtime: the Protocol, and the plain data that passes through it.

Two implementations: `containerd_runtime` (real containers over CRI) and `simulated` (nothing runs, everything is
plausible). Times are wall seconds since the epoch, 0.0 when the moment has not come. Stopping or removing what does
not exist succeeds.
"""

from kubewheel.kubelet.runtime.model import (
    Container,
    ContainerConfig,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    Credentials,
    Device,
    Dns,
    ExecTimeout,
    Image,
    Mount,
    Namespaces,
    NotFound,
    PortMapping,
    PullError,
    Resources,
    RuntimeFailure,
    RuntimeUnavailable,
    RuntimeVersion,
    Sandbox,
    SandboxConfig,
    SandboxState,
    Security,
    Streams,
    TerminalSize,
)
from kubewheel.kubelet.runtime.protocol import Containers, Images, Runtime, Sandboxes, Streaming

__all__ = [
    "Container",
    "ContainerConfig",
    "ContainerState",
    "ContainerStats",
    "ContainerStatus",
    "Containers",
    "Credentials",
    "Device",
    "Dns",
    "ExecTimeout",
    "Image",
    "Images",
    "Mount",
    "Namespaces",
    "NotFound",
    "PortMapping",
    "PullError",
    "Resources",
    "Runtime",
    "RuntimeFailure",
    "RuntimeUnavailable",
    "RuntimeVersion",
    "Sandbox",
    "SandboxConfig",
    "SandboxState",
    "Sandboxes",
    "Security",
    "Streaming",
    "Streams",
    "TerminalSize",
]
