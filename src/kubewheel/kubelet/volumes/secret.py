"""secret: a file for each key, in memory only."""

import asyncio

from kubewheel.kubelet.volumes import files, keys, memory
from kubewheel.kubelet.volumes.kinds import Mounted, Order


async def set_up(order: Order) -> Mounted:
    """Write the secret's files."""
    name = order.source.get("secretName") or ""
    contents = keys.of_secret(order, order.source, name, keys.default_mode(order.source))
    await asyncio.to_thread(memory.mount, order.directory)
    await asyncio.to_thread(files.write, order.directory, contents, order.fs_group)
    return Mounted(order.directory, read_only=True)
