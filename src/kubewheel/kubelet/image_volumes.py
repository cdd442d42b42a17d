"""Volumes that are images: pulled as containers' images are, then their files mounted where the pod's volumes are.

A volume is mounted when the first container that uses it starts, and stays as it is until the pod ends: a later pull of
the same name must not change files under those who read them.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.kubelet.images import ImageKeeper, NotReady, Order
from kubewheel.kubelet.plan import Start
from kubewheel.kubelet.runtime import Runtime, RuntimeFailure
from kubewheel.kubelet.volumes.manager import VOLUMES, Volumes
from kubewheel.libs import mounts
from kubewheel.libs.wire import Object

KEY, DIRECTORY = "kubewheel/", "image"


class MountFailed(Exception):
    """An image is there and cannot be mounted; the text says why."""


def used(pod: Object, container: pods.ContainerSpec) -> Iterator[Mapping[str, Any]]:
    """Yield the pod's volumes that are images and that a container mounts."""
    names = {mount["name"] for mount in container.get("volumeMounts") or ()}
    for volume in pods.spec(pod).get("volumes") or ():
        if volume.get("image") and volume["name"] in names:
            yield volume


class ImageVolumes:
    """Prepares the node's volumes of this kind."""

    def __init__(self, runtime: Runtime, images: ImageKeeper, volumes: Volumes) -> None:
        self._runtime = runtime
        self._images = images
        self._volumes = volumes

    async def prepare(self, pod: Object, start: Start, secrets: tuple[Object, ...]) -> NotReady | None:
        """Mount the images that a container uses as volumes; return why it has to wait, None if it has not.

        Raise MountFailed.
        """
        for volume in used(pod, start.spec):
            target = self._volumes.pod_dir(pods.uid(pod)) / VOLUMES / DIRECTORY / volume["name"]
            if await asyncio.to_thread(mounts.is_mount_point, target):
                continue
            wanted = {
                "name": f"volume {volume['name']}", "image": volume["image"].get("reference") or "",
                "imagePullPolicy": volume["image"].get("pullPolicy"),
            }
            image = await self._images.ensure(Order(pod, Start(wanted, start.restart_count), secrets))
            if isinstance(image, NotReady):
                return image
            if not self._runtime.real:
                continue
            try:
                view = await self._runtime.view_image(image.id, f"{KEY}{pods.uid(pod)}/{volume['name']}")
                await asyncio.to_thread(mounts.mount_read_only, view.kind, view.source, view.options, target)
            except (RuntimeFailure, OSError) as error:
                text = f'failed to mount image "{wanted["image"]}" as volume "{volume["name"]}": {error}'
                raise MountFailed(text) from error
        return None

    async def release(self, pod_uid: str) -> None:
        """Give back what a pod's volumes are made of; raise RuntimeFailure, RuntimeUnavailable."""
        if await asyncio.to_thread((self._volumes.pod_dir(pod_uid) / VOLUMES / DIRECTORY).exists):
            await self._runtime.remove_views(f"{KEY}{pod_uid}/")
