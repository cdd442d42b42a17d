"""Where a cluster keeps its files. Everything lies below its data directory."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the cluster whose data directory is `root` (absolute)."""

    root: Path

    @property
    def identifier(self) -> str:
        """A short name that tells this cluster from others on the machine: interfaces, tables, cgroups bear it."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:8]

    @property
    def settings(self) -> Path:
        return self.root / "cluster.json"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    @property
    def kubeconfigs(self) -> Path:
        return self.root / "kubeconfigs"

    @property
    def database(self) -> Path:
        return self.root / "state" / "state.db"

    @property
    def nodes(self) -> Path:
        return self.root / "nodes"

    @property
    def lock(self) -> Path:
        """Locked by the running process, whose id it holds."""
        return self.root / "kubewheel.pid"

    @property
    def status(self) -> Path:
        """What the running process says of its parts, as JSON."""
        return self.root / "status.json"

    @property
    def log(self) -> Path:
        return self.root / "log" / "kubewheel.log"

    @property
    def sockets(self) -> Path:
        """A short path, because the names of sockets may have 107 bytes at most."""
        return Path("/run") / f"kubewheel-{self.identifier}"
