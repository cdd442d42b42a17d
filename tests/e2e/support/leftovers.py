"""What clusters could leave on a machine, as a set of words to compare before and after.

Only what bears the marks of the given folders counts: others may run clusters on the same machine meanwhile.
"""

import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from kubewheel.launch.layout import Layout


@dataclass(frozen=True)
class Marks:
    """Paths below which clusters of ours lie, and the names that their interfaces, tables and groups bear."""

    paths: tuple[str, ...]
    names: tuple[str, ...]

    def bears_path(self, text: str) -> bool:
        return any(path in text for path in self.paths)

    def bears_name(self, text: str) -> bool:
        return any(name in text for name in self.names)


def marks(*folders: Path, paths: Collection[str] = (), names: Collection[str] = ()) -> Marks:
    """Return the marks of clusters whose data directories are `folders`, and other ones."""
    own = [Layout(folder).identifier for folder in folders]
    return Marks((*map(str, folders), *paths), (*own, *names))


def observe(own: Marks) -> frozenset[str]:
    """Return processes, mounts, interfaces, nft tables, cgroups and sockets that bear the marks."""
    return frozenset([
        *_processes(own), *_mounts(own), *_interfaces(own), *_tables(own), *_cgroups(own), *_sockets(own),
    ])


def _processes(own: Marks) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue
        # Not the registry of the tests, whose folder is called kubewheel-e2e-...
        is_program = any(word in line for word in ("kubewheel.", "/kubewheel ", "containerd"))
        if (is_program and own.bears_path(line)) or own.bears_name(groups):
            yield f"process {folder.name} {line[:120]}"


def _mounts(own: Marks) -> Iterator[str]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if own.bears_path(line):
            yield f"mount {line.split()[4]}"


def _interfaces(own: Marks) -> Iterator[str]:
    for path in Path("/sys/class/net").iterdir():
        bridge = path / "master"
        if own.bears_name(path.name) or (bridge.exists() and own.bears_name(bridge.resolve().name)):
            yield f"interface {path.name}"


def _tables(own: Marks) -> Iterator[str]:
    listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        if own.bears_name(line):
            yield f"table {line}"


def _cgroups(own: Marks) -> Iterator[str]:
    root = Path("/sys/fs/cgroup")
    for path in (*root.glob("*/kubewheel*"), *root.glob("kubewheel*")):
        if own.bears_name(path.name):
            yield f"cgroup {path}"


def _sockets(own: Marks) -> Iterator[str]:
    for path in Path("/run").glob("kubewheel-*"):
        if own.bears_name(path.name):
            yield f"folder {path}"
