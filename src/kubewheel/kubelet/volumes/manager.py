"""All volumes of a pod: set up before its containers start, kept up to date, torn down when it is gone."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubewheel.kubelet import fields, pods
from kubewheel.kubelet.volumes import kinds
from kubewheel.kubelet.volumes.kinds import Mounted, Order, Supply, VolumeError
from kubewheel.libs import mounts
from kubewheel.libs.wire import Object

VOLUMES, SUBPATHS = "volumes", "volume-subpaths"  # directories in a pod's


@dataclass(frozen=True, slots=True)
class Outcome:
    """The volumes that are ready, and why others are not."""

    ready: Mapping[str, Mounted]
    failed: Mapping[str, str]


def used(pod: Object) -> set[str]:
    """Return the names of the volumes that some container mounts."""
    return {
        mount["name"] for container in pods.all_containers(pod)
        for mount in [*(container.get("volumeMounts") or ()), *(container.get("volumeDevices") or ())]
    }


class Volumes:
    """Sets up and tears down; `pods_dir` holds a directory for each pod."""

    def __init__(self, pods_dir: Path, supply: Supply) -> None:
        self._pods_dir = pods_dir
        self._supply = supply

    def pod_dir(self, pod_uid: str) -> Path:
        """Return the directory of one pod's files."""
        return self._pods_dir / pod_uid

    async def share(self) -> None:
        """Make mounts in the pods' directories visible in containers and the other way round."""
        self._pods_dir.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(mounts.share, self._pods_dir)

    async def set_up(self, pod: Object, facts: fields.Facts) -> Outcome:
        """Set up every volume that the pod's containers use."""
        wanted = used(pod)
        ready: dict[str, Mounted] = {}
        failed: dict[str, str] = {}
        for volume in pods.spec(pod).get("volumes") or ():
            name = volume["name"]
            if name not in wanted:
                continue
            try:
                ready[name] = await self._set_up_one(pod, volume, facts)
            except VolumeError as error:
                failed[name] = str(error)
            except OSError as error:
                failed[name] = error.strerror or str(error)
        return Outcome(ready, failed)

    async def _set_up_one(self, pod: Object, volume: Mapping[str, Any], facts: fields.Facts) -> Mounted:
        field = kinds.field_of(volume)
        kind = kinds.find(field)
        directory = self.pod_dir(pods.uid(pod)) / VOLUMES / kinds.module_name(field).replace("_", "-")
        order = Order(
            pod=pod, name=volume["name"], source=volume.get(field) or {}, directory=directory / volume["name"],
            supply=self._supply, facts=facts,
        )
        return await kind.set_up(order)

    def known(self) -> list[str]:
        """Return the uids of pods that have a directory."""
        if not self._pods_dir.exists():
            return []
        return [entry.name for entry in self._pods_dir.iterdir()]

    async def tear_down(self, pod_uid: str) -> None:
        """Unmount and remove a pod's volumes; what is gone already is no error."""
        for name in (SUBPATHS, VOLUMES):
            directory = self.pod_dir(pod_uid) / name
            if directory.exists():
                await asyncio.to_thread(remove_directory, directory)

    async def forget(self, pod_uid: str) -> None:
        """Remove all files of a pod."""
        await asyncio.to_thread(remove_directory, self.pod_dir(pod_uid))


def remove_directory(directory: Path) -> None:
    """Unmount all below `directory` and remove it. Blocks; raise OSError if a mount stays.

    Nothing is deleted while a mount is left: it could be somebody's hostPath.
    """
    for _ in range(2):
        for point in mounts.below(directory):
            mounts.unmount(point)
    left = mounts.below(directory)
    if left:
        raise OSError(f"cannot unmount {left[0]}")
    shutil.rmtree(directory, ignore_errors=True)
