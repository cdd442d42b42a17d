"""configMap: a file for each key."""

import asyncio

from kubewheel.kubelet.volumes import files, keys
from kubewheel.kubelet.volumes.kinds import Mounted, Order


async def set_up(order: Order) -> Mounted:
    """Write the config map's files."""
    contents = keys.of_config_map(order, order.source, keys.default_mode(order.source))
    await asyncio.to_thread(files.write, order.directory, contents, order.fs_group)
    return Mounted(order.directory, read_only=True)
