"""projected: several sources in one directory; a later source wins over an earlier one. In memory only."""

import asyncio
from collections.abc import Mapping
from typing import Any

from kubewheel.kubelet.volumes import downward_api, files, keys, memory
from kubewheel.kubelet.volumes.files import Content
from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError

DEFAULT_EXPIRATION = 3600
PRIVATE_MODE = 0o600


async def set_up(order: Order) -> Mounted:
    """Write the files of all sources."""
    mode = keys.default_mode(order.source)
    contents: dict[str, Content] = {}
    for source in order.source.get("sources") or ():
        contents.update(await _contents(order, source, mode))
    await asyncio.to_thread(memory.mount, order.directory)
    await asyncio.to_thread(files.write, order.directory, contents, order.fs_group)
    return Mounted(order.directory, read_only=True)


async def _contents(order: Order, source: Mapping[str, Any], mode: int) -> dict[str, Content]:
    if source.get("configMap"):
        return keys.of_config_map(order, source["configMap"], mode)
    if source.get("secret"):
        return keys.of_secret(order, source["secret"], source["secret"]["name"], mode)
    if source.get("downwardAPI"):
        return downward_api.contents(order, source["downwardAPI"].get("items") or (), mode)
    if source.get("serviceAccountToken"):
        return await _token(order, source["serviceAccountToken"], mode)
    raise VolumeError(f"projected sources of kind {', '.join(source)} are not supported on this node")


async def _token(order: Order, source: Mapping[str, Any], mode: int) -> dict[str, Content]:
    """Return the token's file, readable by nobody else where the pod says who reads it."""
    expiration = int(source.get("expirationSeconds") or DEFAULT_EXPIRATION)
    token = await order.tokens.token(order.pod, source.get("audience") or "", expiration)
    user = order.run_as_user
    if order.fs_group is not None:
        content = Content(token.encode(), PRIVATE_MODE)
    elif user is not None:
        content = Content(token.encode(), PRIVATE_MODE, user)
    else:
        content = Content(token.encode(), mode)
    return {files.check_path(source["path"]): content}
