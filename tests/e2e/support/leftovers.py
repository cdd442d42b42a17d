"""What a cluster could leave on a machine, as a set of words to compare before and after."""

import subprocess
from pathlib import Path


def observe() -> frozenset[str]:
    """Return processes, mounts, interfaces, nft tables, cgroups, network namespaces and sockets that may be ours."""
    return frozenset([*_processes(), *_mounts(), *_interfaces(), *_tables(), *_cgroups(), *_namespaces(), *_sockets()])


def _processes() -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        line = b" ".join(words).decode(errors="replace")
        if "kubewheel.launch" in line or "containerd" in line or "/pause" in line:
            found.append(f"process {folder.name} {line[:120]}")
    return found


def _mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [f"mount {line.split()[4]}" for line in lines if "kubewheel" in line or "containerd" in line]


def _interfaces() -> list[str]:
    names = [path.name for path in Path("/sys/class/net").iterdir()]
    return [f"interface {name}" for name in names if name.startswith(("kw", "veth"))]


def _tables() -> list[str]:
    listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    return [f"table {line}" for line in listed.splitlines() if "kubewheel" in line]


def _cgroups() -> list[str]:
    found = [*Path("/sys/fs/cgroup").glob("*/kubewheel*"), *Path("/sys/fs/cgroup").glob("kubewheel*")]
    return [f"cgroup {path}" for path in found]


def _namespaces() -> list[str]:
    folder = Path("/run/netns")
    return [f"namespace {path.name}" for path in folder.iterdir()] if folder.exists() else []


def _sockets() -> list[str]:
    return [f"folder {path}" for path in Path("/run").glob("kubewheel-*")]
