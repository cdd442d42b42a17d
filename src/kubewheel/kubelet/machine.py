"""What this machine is and has: processors, memory, disk, names and numbers of its system."""

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MACHINE_ID_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts that do not change while it runs."""

    cpus: int
    memory_bytes: int
    disk_bytes: int
    architecture: str
    kernel: str
    os_image: str
    machine_id: str
    boot_id: str
    system_uuid: str
    swap_bytes: int = 0

    def node_info(self, runtime: str, kubelet: str) -> dict[str, Any]:
        """Return status.nodeInfo."""
        info: dict[str, Any] = {
            "machineID": self.machine_id, "systemUUID": self.system_uuid, "bootID": self.boot_id,
            "kernelVersion": self.kernel, "osImage": self.os_image, "containerRuntimeVersion": runtime,
            "kubeletVersion": kubelet, "kubeProxyVersion": "", "operatingSystem": "linux",
            "architecture": self.architecture,
        }
        if self.swap_bytes:
            info["swap"] = {"capacity": self.swap_bytes}
        return info

    def capacity(self, max_pods: int) -> dict[str, str]:
        """Return status.capacity."""
        return {
            "cpu": str(self.cpus), "memory": f"{self.memory_bytes // 1024}Ki", "pods": str(max_pods),
            "ephemeral-storage": f"{self.disk_bytes // 1024}Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        }


def _read(*paths: str) -> str:
    for path in paths:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError:
            continue
    return ""


def _memory() -> Mapping[str, int]:
    """Return /proc/meminfo in bytes."""
    lines = (line.split() for line in _read("/proc/meminfo").splitlines())
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) == 3}


def _os_image() -> str:
    for line in _read("/etc/os-release", "/usr/lib/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return platform.system()


def read(data_dir: Path) -> Machine:
    """Return what this machine is; the disk is that of `data_dir`."""
    memory = _memory()
    place = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    machine = platform.machine()
    machine_id = _read(*MACHINE_ID_FILES)
    return Machine(
        cpus=os.cpu_count() or 1, memory_bytes=memory.get("MemTotal", 0), disk_bytes=shutil.disk_usage(place).total,
        architecture=ARCHITECTURES.get(machine, machine), kernel=platform.release(), os_image=_os_image(),
        machine_id=machine_id, boot_id=_read("/proc/sys/kernel/random/boot_id"),
        system_uuid=_read("/sys/class/dmi/id/product_uuid") or machine_id, swap_bytes=memory.get("SwapTotal", 0),
    )


def available_memory() -> int:
    """Return how many bytes of memory can be had without swapping."""
    return _memory().get("MemAvailable", 0)


def free_share(directory: Path) -> float:
    """Return which share of the disk that holds `directory` is free."""
    usage = shutil.disk_usage(directory)
    return usage.free / usage.total if usage.total else 1.0


def free_pids() -> int:
    """Return how many more processes the machine can have."""
    total = int(_read("/proc/sys/kernel/pid_max") or 32768)
    running = _read("/proc/loadavg").split()
    return total - int(running[3].partition("/")[2]) if len(running) > 3 else total
