"""persistentVolumeClaim: what the claim is bound to, if that lies on this node."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.kubelet.volumes import host_path, nfs, ownership
from kubewheel.kubelet.volumes.kinds import Mounted, Order, VolumeError


async def set_up(order: Order) -> Mounted:
    """Set up the volume that the claim is bound to."""
    volume = await order.supply.claims.persistent_volume(order.pod, order.source["claimName"])
    mounted = await _set_up_bound(order, volume["spec"])
    return Mounted(mounted.path, read_only=mounted.read_only or bool(order.source.get("readOnly")))


async def _set_up_bound(order: Order, spec: Mapping[str, Any]) -> Mounted:
    if spec.get("volumeMode") == "Block":
        raise VolumeError("block volumes are not supported on this node")
    if spec.get("hostPath"):
        path = Path(spec["hostPath"]["path"])
        await asyncio.to_thread(host_path.check, path, spec["hostPath"].get("type") or "")
        return Mounted(path)
    if spec.get("local"):
        return await _local(order, Path(spec["local"]["path"]))
    if spec.get("nfs"):
        return await nfs.mount(order.directory, spec["nfs"], spec.get("mountOptions") or ())
    kinds = [name for name in spec if isinstance(spec[name], Mapping) and name not in ("capacity", "claimRef")]
    raise VolumeError(f"persistent volumes of kind {', '.join(kinds)} are not supported on this node")


async def _local(order: Order, path: Path) -> Mounted:
    if not path.exists():
        raise VolumeError(f'path "{path}" does not exist')
    policy = pods.security_context(order.pod).get("fsGroupChangePolicy")
    await asyncio.to_thread(
        ownership.give, path, order.fs_group, only_on_mismatch=policy == "OnRootMismatch"
    )
    return Mounted(path)
