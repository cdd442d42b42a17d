"""image: the files of an image. Here only their place is made; they come when a container that wants them starts."""

import asyncio

from kubewheel.kubelet.volumes.kinds import Mounted, Order


async def set_up(order: Order) -> Mounted:
    """Make the directory that the image is mounted on."""
    await asyncio.to_thread(order.directory.mkdir, parents=True, exist_ok=True)
    return Mounted(order.directory, read_only=True)
