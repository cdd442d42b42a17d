"""Which images a container waits for, and what becomes of them."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from kubewheel.kubelet import image_volumes
from kubewheel.kubelet.image_volumes import ImageVolumes, MountFailed
from kubewheel.kubelet.images import NotReady, Order
from kubewheel.kubelet.plan import Start, Waiting
from kubewheel.kubelet.runtime import FilesystemMount, Image, RuntimeFailure
from kubewheel.libs import mounts
from tests.unit.kubelet.build import UID, container, pod

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
MAIN = container(volumeMounts=[{"name": "data", "mountPath": "/data"}, {"name": "plain", "mountPath": "/plain"}])
POD = pod(MAIN, container("other"), volumes=[
    {"name": "data", "image": {"reference": "r/data:1", "pullPolicy": "Always"}}, {"name": "plain", "emptyDir": {}},
    {"name": "idle", "image": {"reference": "r/idle:1"}},
])


class Machine:
    """A runtime, a keeper of images and the pods' directories in one."""

    real = True

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.content = directory / "content"
        self.content.mkdir()
        (self.content / "file").write_text("inside")
        self.orders: list[tuple[str, str, str]] = []
        self.answer: Image | NotReady = Image("sha256:1")
        self.fault = ""
        self.removed: list[str] = []
        self.keys: list[str] = []

    async def ensure(self, order: Order) -> Image | NotReady:
        spec = order.start.spec
        self.orders.append((spec["name"], order.image, spec["imagePullPolicy"]))
        return self.answer

    async def view_image(self, image: str, key: str) -> FilesystemMount:
        if self.fault:
            raise RuntimeFailure(self.fault)
        self.keys.append(key)
        return FilesystemMount("bind", str(self.content), ("ro", "rbind"))

    async def remove_views(self, prefix: str) -> None:
        self.removed.append(prefix)

    def pod_dir(self, uid: str) -> Path:
        return self.directory / uid

    def target(self) -> Path:
        return self.directory / UID / "volumes" / "image" / "data"

    async def prepare(self, spec: dict[str, Any]) -> NotReady | None:
        volumes = ImageVolumes(self, self, self)  # type: ignore[arg-type]
        return await volumes.prepare(POD, Start(spec, 0), ())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.target().mkdir(parents=True)
    return made


def test_used() -> None:
    assert [each["name"] for each in image_volumes.used(POD, MAIN)] == ["data"]
    assert list(image_volumes.used(POD, container("other"))) == []


@NEEDS_ROOT
async def test_mounted_once(machine: Machine) -> None:
    try:
        assert await machine.prepare(MAIN) is None
        assert (machine.target() / "file").read_text() == "inside"
        with pytest.raises(OSError, match="Read-only file system"):
            (machine.target() / "file").write_text("other")
        assert await machine.prepare(MAIN) is None
        assert machine.orders == [("volume data", "r/data:1", "Always")]
        assert machine.keys == [f"kubewheel/{UID}/data"]
    finally:
        mounts.unmount(machine.target())


async def test_waits_for_its_image(machine: Machine) -> None:
    machine.answer = NotReady(Waiting("ErrImagePull", "no"))
    assert await machine.prepare(MAIN) == machine.answer
    assert machine.keys == []


async def test_faults_and_simulated_nodes(machine: Machine) -> None:
    machine.fault = "no snapshots here"
    with pytest.raises(MountFailed, match='image "r/data:1" as volume "data": no snapshots here'):
        await machine.prepare(MAIN)
    machine.real = False
    assert await machine.prepare(MAIN) is None


async def test_release(machine: Machine) -> None:
    volumes = ImageVolumes(machine, machine, machine)  # type: ignore[arg-type]
    await volumes.release("other")
    await volumes.release(UID)
    assert machine.removed == [f"kubewheel/{UID}/"]
    await asyncio.to_thread(machine.target().rmdir)
