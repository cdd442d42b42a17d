"""Clean-up: stop all pods of a node and leave nothing behind; can be repeated, also after a crash.

First `remove_pods`, then the runtime stops if it is ours, then `remove_places`: what the runtime was making while it
stopped is gone too, then.
"""

import asyncio
import logging

from kubewheel.kubelet.image_volumes import KEY as IMAGE_VIEWS
from kubewheel.kubelet.runtime import ContainerState, Runtime, RuntimeFailure, RuntimeUnavailable
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.kubelet.volumes.manager import remove_directory
from kubewheel.libs import cgroups, cni, cni_host_ports, mounts, tasks

GRACE_SECONDS = 5.0
PARALLEL = 8
GROUP_TRIES, GROUP_RETRY_SECONDS = 20, 0.1

log = logging.getLogger(__name__)


async def remove_pods(runtime: Runtime, *, grace_seconds: float = GRACE_SECONDS) -> None:
    """Stop and remove the sandboxes of a runtime that answers, with all their containers."""
    slots = asyncio.Semaphore(PARALLEL)
    containers = [found for found in await runtime.list_containers() if found.state == ContainerState.RUNNING]
    async with asyncio.TaskGroup() as group:
        for found in containers:
            work = _stop(runtime, found.id, grace_seconds, slots)
            tasks.create_task(group, work, name=f"stop container {found.id[:12]}")
    try:
        await runtime.remove_views(IMAGE_VIEWS)
    except (RuntimeFailure, RuntimeUnavailable) as error:
        log.debug("no views of images to remove: %s", error)
    sandboxes = await runtime.list_sandboxes()
    async with asyncio.TaskGroup() as group:
        for sandbox in sandboxes:
            tasks.create_task(group, _remove(runtime, sandbox.id, slots), name=f"remove sandbox {sandbox.id[:12]}")


async def remove_places(settings: KubeletSettings) -> None:
    """Remove the node's mounts, control groups with who is left in them, address leases and bridge."""
    if settings.pods_dir.exists():
        await asyncio.to_thread(_remove_files, settings)
    if settings.network_config_dir is not None:
        network = cni.read(settings.network_config_dir)
        if network is not None:
            await cni.remove(settings.network_config_dir, network)
            await cni_host_ports.remove_unused()
    if settings.cgroup_root:
        await _remove_groups(settings.cgroup_root)


def _remove_files(settings: KubeletSettings) -> None:
    for directory in settings.pods_dir.iterdir():
        remove_directory(directory)
    for point in mounts.below(settings.pods_dir):
        mounts.unmount(point)


async def _remove_groups(root: str) -> None:
    """Remove the node's groups; processes that are being killed may hold them a little longer."""
    await asyncio.to_thread(cgroups.kill, root)
    for _ in range(GROUP_TRIES):
        if await asyncio.to_thread(cgroups.remove, root):
            return
        await asyncio.sleep(GROUP_RETRY_SECONDS)
    log.warning("processes are left in the control group %s", root)


async def _stop(runtime: Runtime, container_id: str, grace_seconds: float, slots: asyncio.Semaphore) -> None:
    async with slots:
        try:
            await runtime.stop_container(container_id, grace_seconds)
        except (RuntimeFailure, RuntimeUnavailable) as error:
            log.warning("cannot stop container %s: %s", container_id[:12], error)


async def _remove(runtime: Runtime, sandbox_id: str, slots: asyncio.Semaphore) -> None:
    async with slots:
        try:
            await runtime.stop_sandbox(sandbox_id)
            await runtime.remove_sandbox(sandbox_id)
        except (RuntimeFailure, RuntimeUnavailable) as error:
            log.warning("cannot remove sandbox %s: %s", sandbox_id[:12], error)
