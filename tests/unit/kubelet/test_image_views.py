"""Views of images against a containerd that a test plays."""

from types import SimpleNamespace
from typing import Any

import pytest

from kubewheel.kubelet.image_views import PACKAGE, ImageViews
from kubewheel.kubelet.runtime import FilesystemMount
from kubewheel.libs.cri import client as cri

MOUNT = {"type": "overlay", "source": "overlay", "options": ["lowerdir=/b:/a"]}


class Containerd:
    """Answers, and notes what it was asked."""

    def __init__(self, chain: str = "sha256:c", config: str = '{"containerd": {"snapshotter": "zfs"}}') -> None:
        self.chain, self.config = chain, config
        self.asked: list[tuple[str, Any]] = []
        self.keys: list[str] = []
        self.mounts = [MOUNT]

    async def call(self, method: str, **fields: Any) -> Any:
        if method == "Status":
            return SimpleNamespace(info={"config": self.config})
        return SimpleNamespace(info={"info": f'{{"chainID": "{self.chain}"}}'})

    async def ask_containerd(self, service: str, method: str, reply: str, request: Any) -> list[Any]:
        self.asked.append((method, request))
        answer = cri.message_class(f"{PACKAGE}.{reply}")
        if method == "View" and request.key in self.keys:
            raise cri.AlreadyExists("there")
        if method == "Remove" and request.key not in self.keys:
            raise cri.NotFound("gone")
        if method == "List":
            return [answer(info=[{"name": key}]) for key in [*self.keys, "kw/pod/gone", "other"]]
        return [answer(mounts=self.mounts)] if reply == "MountsReply" else [answer()]


def views(containerd: Containerd) -> ImageViews:
    return ImageViews(containerd)  # type: ignore[arg-type]


async def test_view() -> None:
    containerd = Containerd()
    found = await views(containerd).view("sha256:i", "kw/pod/v")
    assert found == FilesystemMount("overlay", "overlay", ("lowerdir=/b:/a",))
    ((method, request),) = containerd.asked
    assert (method, request.snapshotter, request.key, request.parent) == ("View", "zfs", "kw/pod/v", "sha256:c")
    assert "containerd.io/gc.root" in request.labels
    containerd.keys.append("kw/pod/v")
    assert await views(containerd).view("sha256:i", "kw/pod/v") == found
    assert containerd.asked[-1][0] == "Mounts"


async def test_remove() -> None:
    containerd = Containerd(config="{}")
    containerd.keys = ["kw/pod/v", "kw/pod/w", "kw/pod2/v"]
    await views(containerd).remove("kw/pod/")
    removed = [request for method, request in containerd.asked if method == "Remove"]
    assert [each.key for each in removed] == ["kw/pod/v", "kw/pod/w", "kw/pod/gone"]
    assert {each.snapshotter for each in removed} == {"overlayfs"}


async def test_what_cannot_be_mounted() -> None:
    with pytest.raises(cri.Failure, match="does not tell what image x is made of"):
        await views(Containerd(chain="")).view("x", "k")
    several = Containerd()
    several.mounts = [MOUNT, MOUNT]
    with pytest.raises(cri.Failure, match="image x takes 2 mounts"):
        await views(several).view("x", "k")
