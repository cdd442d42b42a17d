"""emptyDir: a directory that lives as long as the pod, on disk or in memory."""

import asyncio

from kubewheel.api import quantity
from kubewheel.kubelet.volumes import memory, ownership
from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError

MODE = 0o777


async def set_up(order: Order) -> Mounted:
    """Make the directory."""
    await asyncio.to_thread(_make, order)
    return Mounted(order.directory)


def _make(order: Order) -> None:
    medium = order.source.get("medium") or ""
    exists = order.directory.exists()
    if medium == "Memory":
        memory.mount(order.directory, quantity.of(order.source.get("sizeLimit")).value, MODE)
    elif medium:
        raise VolumeError(f"storage medium {medium} is not supported")
    if exists:
        return
    order.directory.mkdir(parents=True, exist_ok=True)
    order.directory.chmod(MODE)
    ownership.give(order.directory, order.fs_group)
