"""Control groups, version 1, version 2, and both at once: make, limit, remove.

A group's path is the same in all hierarchies: "/kubepods/burstable/pod1". With version 1 every controller has its own
hierarchy; what is missing in a machine is left out.
"""

import contextlib
import errno
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CPU_PERIOD = 100_000
UNIFIED = "unified"  # the key of the version 2 hierarchy
WANTED = ("cpu", "memory", "pids", "cpuset", "hugetlb")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a group; None leaves a limit alone."""

    cpu_shares: int | None = None
    cpu_quota: int | None = None  # microseconds per CPU_PERIOD; -1 for none
    memory_bytes: int | None = None
    pids: int | None = None


@cache
def hierarchies() -> Mapping[str, Path]:
    """Return the mount point of each controller's hierarchy; version 2 under UNIFIED."""
    found: dict[str, Path] = {}
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        for line in lines:
            fields, _, rest = line.partition(" - ")
            kind, _, options = [*rest.split(), "", "", ""][:3]
            point = Path(fields.split(" ")[4])
            if kind == "cgroup2":
                found.setdefault(UNIFIED, point)
            elif kind == "cgroup":
                named = [option for option in options.split(",") if option.startswith("name=")]
                for name in named or options.split(","):
                    found.setdefault(name, point)
    return {name: point for name, point in found.items() if name not in ("rw", "ro", "nosuid", "relatime")}


def _roots() -> set[Path]:
    return set(hierarchies().values())


def is_unified_only() -> bool:
    """Return whether the machine uses version 2 alone."""
    return "memory" not in hierarchies() and UNIFIED in hierarchies()


def _write(path: Path, value: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.write_text(value)


def _weight(shares: int) -> int:
    """Return version 2's cpu.weight (1-10000) for version 1's cpu.shares (2-262144)."""
    return 1 + ((max(2, min(shares, 262144)) - 2) * 9999) // 262142


def _limit_v1(path: str, limits: Limits) -> None:
    roots = hierarchies()
    if limits.cpu_shares is not None and "cpu" in roots:
        _write(roots["cpu"] / path / "cpu.shares", str(max(2, limits.cpu_shares)))
    if limits.cpu_quota is not None and "cpu" in roots:
        _write(roots["cpu"] / path / "cpu.cfs_period_us", str(CPU_PERIOD))
        _write(roots["cpu"] / path / "cpu.cfs_quota_us", str(limits.cpu_quota))
    if limits.memory_bytes is not None and "memory" in roots:
        _write(roots["memory"] / path / "memory.limit_in_bytes", str(limits.memory_bytes))
    if limits.pids is not None and "pids" in roots:
        _write(roots["pids"] / path / "pids.max", str(limits.pids))


def _limit_v2(path: str, limits: Limits) -> None:
    group = hierarchies()[UNIFIED] / path
    if limits.cpu_shares is not None:
        _write(group / "cpu.weight", str(_weight(limits.cpu_shares)))
    if limits.cpu_quota is not None:
        _write(group / "cpu.max", f"{limits.cpu_quota if limits.cpu_quota > 0 else 'max'} {CPU_PERIOD}")
    if limits.memory_bytes is not None:
        _write(group / "memory.max", str(limits.memory_bytes) if limits.memory_bytes > 0 else "max")
    if limits.pids is not None:
        _write(group / "pids.max", str(limits.pids))


def _delegate(root: Path, path: str) -> None:
    """Let groups below `path` have version 2's controllers."""
    group = root
    for part in Path(path).parts:
        available = (group / "cgroup.controllers").read_text().split()
        wanted = " ".join(f"+{name}" for name in WANTED if name in available)
        _write(group / "cgroup.subtree_control", wanted)
        group = group / part
        group.mkdir(exist_ok=True)


def make(path: str, limits: Limits = Limits()) -> None:
    """Make the group with its parents in the hierarchies that limit processes, and set its limits."""
    path = path.strip("/")
    if is_unified_only():
        _delegate(hierarchies()[UNIFIED], path)
        _limit_v2(path, limits)
        return
    for controller in ("cpu", "memory", "pids"):
        if controller in hierarchies():
            (hierarchies()[controller] / path).mkdir(parents=True, exist_ok=True)
    _limit_v1(path, limits)


def memory_usage(path: str) -> int:
    """Return the bytes of memory that the group and those below it use; 0 if there is no such group."""
    files = (("memory", "memory.usage_in_bytes"), (UNIFIED, "memory.current"))
    for controller, name in files:
        root = hierarchies().get(controller)
        with contextlib.suppress(FileNotFoundError):
            if root is not None:
                return int((root / path.strip("/") / name).read_text())
    return 0


def _remove_tree(directory: Path) -> bool:
    """Remove a group and those below it, deepest first; return whether all went."""
    gone = True
    for parent, _, _ in os.walk(directory, topdown=False):
        try:
            os.rmdir(parent)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            gone = False
    return gone


def remove(path: str) -> bool:
    """Remove the group and all below it everywhere; return False while processes are left in one."""
    if not path.strip("/"):
        return False
    results = [_remove_tree(root / path.strip("/")) for root in _roots() if (root / path.strip("/")).exists()]
    return all(results)


def kill(path: str) -> None:
    """Send SIGKILL to every process in the group and in those below it."""
    if not path.strip("/"):
        return
    for root in _roots():
        for parent, _, _ in os.walk(root / path.strip("/")):
            with contextlib.suppress(OSError):
                for pid in (Path(parent) / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)


def children(path: str) -> set[str]:
    """Return the names of the groups directly below `path`, in any hierarchy."""
    names: set[str] = set()
    for root in _roots():
        with contextlib.suppress(FileNotFoundError):
            names.update(entry.name for entry in os.scandir(root / path.strip("/")) if entry.is_dir())
    return names
