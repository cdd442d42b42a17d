"""Images' files without a container, by containerd's snapshots: CRI of containerd 1.6 cannot mount an image."""

import contextlib
import json

from kubewheel.kubelet.runtime import FilesystemMount
from kubewheel.libs.cri import client as cri

PACKAGE = "containerd.services.snapshots.v1"
SERVICE = f"{PACKAGE}.Snapshots"
DEFAULT_SNAPSHOTTER = "overlayfs"
ROOT_LABEL = "containerd.io/gc.root"  # What carries it is not garbage, nor is what it is made of.


class ImageViews:
    """Views of a containerd, each a snapshot that is read only."""

    def __init__(self, client: cri.Client) -> None:
        self._client = client
        self._snapshotter = ""

    async def view(self, image: str, key: str) -> FilesystemMount:
        """Return how to mount the files of an image that is on the node; raise cri.Failure."""
        reply = await self._client.call("ImageStatus", image={"image": image}, verbose=True)
        chain = json.loads(reply.info.get("info") or "{}").get("chainID")
        if not chain:
            raise cri.Failure(f"the runtime does not tell what image {image} is made of")
        snapshotter = await self._name()
        named = {"snapshotter": snapshotter, "key": key}
        request = cri.message_class(f"{PACKAGE}.ViewRequest")(**named, parent=chain, labels={ROOT_LABEL: "volume"})
        try:
            (found,) = await self._client.ask_containerd(SERVICE, "View", "MountsReply", request)
        except cri.AlreadyExists:
            again = cri.message_class(f"{PACKAGE}.SnapshotRequest")(**named)
            (found,) = await self._client.ask_containerd(SERVICE, "Mounts", "MountsReply", again)
        if len(found.mounts) != 1:
            raise cri.Failure(f"image {image} takes {len(found.mounts)} mounts; one is supported")
        (mount,) = found.mounts
        return FilesystemMount(mount.type, mount.source, tuple(mount.options))

    async def remove(self, prefix: str) -> None:
        """Remove the views whose keys begin with `prefix`; raise cri.Failure."""
        snapshotter = await self._name()
        listing = cri.message_class(f"{PACKAGE}.ListRequest")(snapshotter=snapshotter)
        replies = await self._client.ask_containerd(SERVICE, "List", "ListReply", listing)
        make = cri.message_class(f"{PACKAGE}.SnapshotRequest")
        for key in [info.name for reply in replies for info in reply.info if info.name.startswith(prefix)]:
            with contextlib.suppress(cri.NotFound):
                request = make(snapshotter=snapshotter, key=key)
                await self._client.ask_containerd(SERVICE, "Remove", "Nothing", request)

    async def _name(self) -> str:
        """Return the name of what keeps the runtime's snapshots."""
        if not self._snapshotter:
            reply = await self._client.call("Status", verbose=True)
            config = json.loads(reply.info.get("config") or "{}")
            self._snapshotter = (config.get("containerd") or {}).get("snapshotter") or DEFAULT_SNAPSHOTTER
        return self._snapshotter
