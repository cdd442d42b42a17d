"""nfs: a directory of an NFS server, where the kernel and the mount program can do it."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError
from kubewheel.libs import mounts

MOUNT_SECONDS = 60


async def set_up(order: Order) -> Mounted:
    """Mount the server's directory."""
    return await mount(order.directory, order.source, ())


async def mount(directory: Path, source: Mapping[str, Any], options: Sequence[str]) -> Mounted:
    """Mount what `source` names on `directory`; raise VolumeError."""
    read_only = bool(source.get("readOnly"))
    if mounts.is_mount_point(directory):
        return Mounted(directory, read_only=read_only)
    if shutil.which("mount.nfs") is None:
        raise VolumeError("this node cannot mount NFS: no program mount.nfs; install the package nfs-common")
    known = await asyncio.to_thread(Path("/proc/filesystems").read_text)
    if "nfs" not in known.split() and not Path("/lib/modules").exists():
        raise VolumeError("this node cannot mount NFS: its kernel has no NFS client")
    directory.mkdir(parents=True, exist_ok=True)
    chosen = ",".join([*options, *(["ro"] if read_only else [])])
    command = ["mount", "-t", "nfs", f"{source['server']}:{source['path']}", str(directory)]
    process = await asyncio.create_subprocess_exec(
        *command, *(["-o", chosen] if chosen else []), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(MOUNT_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError as error:
        process.kill()
        raise VolumeError(f"mount failed: no answer from {source['server']} in {MOUNT_SECONDS} s") from error
    if process.returncode:
        raise VolumeError(f"mount failed: exit status {process.returncode}: {output.decode(errors='replace').strip()}")
    return Mounted(directory, read_only=read_only)
