"""downwardAPI: fields of the pod and amounts of its resources as files."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.kubelet import fields
from kubewheel.kubelet.volumes import files, keys
from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError


def contents(order: Order, items: Iterable[Mapping[str, Any]], mode: int) -> dict[str, files.Content]:
    """Return the files for `items`."""
    result: dict[str, files.Content] = {}
    for item in items:
        try:
            if item.get("fieldRef"):
                text = fields.field(order.pod, item["fieldRef"]["fieldPath"], order.facts)
            else:
                text = fields.resource(order.pod, item["resourceFieldRef"], "", order.facts)
        except fields.UnknownField as error:
            raise VolumeError(str(error)) from error
        own = item.get("mode")
        result[files.check_path(item["path"])] = files.Content(text.encode(), mode if own is None else int(own))
    return result


async def set_up(order: Order) -> Mounted:
    """Write the files."""
    found = contents(order, order.source.get("items") or (), keys.default_mode(order.source))
    await asyncio.to_thread(files.write, order.directory, found, order.fs_group)
    return Mounted(order.directory, read_only=True)
