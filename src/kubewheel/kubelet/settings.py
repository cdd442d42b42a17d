"""Settings of the node agent; read from files and flags by `launch`, never here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VERSION = "v1.37.1+kubewheel"


@dataclass(frozen=True, slots=True)
class KubeletSettings:
    """What one node agent must know.

    `data_dir` is this node's own directory; everything that the agent writes lies below it (or below `cgroup_root`).
    """

    node_name: str
    data_dir: Path
    node_ip: str = "127.0.0.1"
    hostname: str = ""  # of the node, for status.addresses; empty: the node's name
    port: int = 10250  # where kubelet.server listens, for status.daemonEndpoints
    version: str = VERSION
    register_node: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    provider_id: str = ""
    cluster_domain: str = "cluster.local"
    cluster_dns: tuple[str, ...] = ()
    resolv_conf: Path = Path("/etc/resolv.conf")
    max_pods: int = 110
    capacity: Mapping[str, str] = field(default_factory=dict)  # overrides what the machine has
    reserved: Mapping[str, str] = field(default_factory=dict)  # capacity that pods do not get
    cgroup_root: str = ""  # "/kubewheel-x": a cgroup of this node; empty: no pod cgroups are made
    network_config_dir: Path | None = None  # where the CNI configuration goes; None: the network is not ours
    network_bridge: str = "kw0"
    heartbeat_seconds: float = 10.0  # between lease renewals and looks at the node's state
    status_report_seconds: float = 300.0  # between reports of a node status that did not change
    relist_seconds: float = 1.0  # between looks at all containers when the runtime reports no changes
    resync_seconds: float = 60.0  # between unprompted looks at one pod, e.g. for volumes' contents
    serialize_image_pulls: bool = False
    max_parallel_pulls: int = 5
    longest_crash_delay_seconds: float = 300.0  # between two starts of a container that crashes again and again
    container_log_max_bytes: int = 10 * 1024 * 1024
    container_log_max_files: int = 5
    serve_timeout_seconds: float = 900.0  # longest wait for one answer of the runtime, pulls included

    @property
    def pods_dir(self) -> Path:
        """Return the directory of the pods' volumes and files."""
        return self.data_dir / "pods"

    @property
    def logs_dir(self) -> Path:
        """Return the directory of the containers' logs."""
        return self.data_dir / "logs"
