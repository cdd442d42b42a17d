"""What the machine uses, from /proc."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Use of a machine since its start (CPU) and at this moment (memory, file system), in nanoseconds and bytes."""

    boot_time: float = 0.0
    cpu_nanoseconds: int = 0
    memory_available_bytes: int = 0
    memory_usage_bytes: int = 0
    memory_working_set_bytes: int = 0
    memory_rss_bytes: int = 0
    filesystem_available_bytes: int = 0
    filesystem_capacity_bytes: int = 0
    filesystem_inodes: int = 0
    filesystem_free_inodes: int = 0


def read(directory: Path) -> Usage:
    """Return what this machine uses; the file system is that of `directory`."""
    memory = _memory()
    total, available = memory.get("MemTotal", 0), memory.get("MemAvailable", 0)
    disk = os.statvfs(directory)
    ticks = [int(each) for each in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    busy = sum(ticks[:3]) + sum(ticks[5:8])  # user, nice, system; irq, softirq, steal
    uptime = float((PROC / "uptime").read_text().split()[0])
    return Usage(
        boot_time=time.time() - uptime,
        cpu_nanoseconds=busy * (1_000_000_000 // os.sysconf("SC_CLK_TCK")),
        memory_available_bytes=available, memory_usage_bytes=total - memory.get("MemFree", 0),
        memory_working_set_bytes=total - available, memory_rss_bytes=memory.get("AnonPages", 0),
        filesystem_available_bytes=disk.f_bavail * disk.f_frsize,
        filesystem_capacity_bytes=disk.f_blocks * disk.f_frsize,
        filesystem_inodes=disk.f_files, filesystem_free_inodes=disk.f_favail,
    )


def _memory() -> dict[str, int]:
    values = {}
    for line in (PROC / "meminfo").read_text().splitlines():
        name, _, rest = line.partition(":")
        values[name] = int(rest.split()[0]) * 1024
    return values
