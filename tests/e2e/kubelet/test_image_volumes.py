"""Images as volumes: what containers see of them, and what happens when there are none."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubewheel.kubelet import image_views
from kubewheel.kubelet.image_volumes import KEY
from kubewheel.libs import mounts, oci_archive
from kubewheel.libs.cri import client as cri
from kubewheel.libs.wire import Object
from tests.e2e.kubelet.harness import Cluster, container_status, pod, sh, waiting
from tests.e2e.support import registry as registries

pytestmark = [pytest.mark.containerd, pytest.mark.slow]
conformance = pytest.mark.conformance


@pytest.fixture
def image() -> Iterator[str]:
    """The name of an image in a registry that holds files and no program to start."""
    files = [oci_archive.File("dir", None, 0o755), oci_archive.File("dir/file", b"inside\n")]
    with tempfile.TemporaryDirectory(prefix="kwt-registry-", dir="/var/tmp") as directory:
        archive = Path(directory) / "data.tar"
        archive.write_bytes(oci_archive.build([oci_archive.Image("local/data:1", files)]))
        with registries.serve(Path(directory)) as address:
            name = f"{address}/test/data:1"
            command = ["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci-archive:{archive}:1", f"docker://{name}"]
            subprocess.run(command, check=True)
            yield name


def mounting(name: str, source: dict[str, str], **mount: str) -> dict[str, object]:
    listed = [{"name": "data", "mountPath": "/volume"}, {"name": "data", "mountPath": "/part", **mount}]
    container = {"volumeMounts": listed if mount else listed[:1]}
    return pod(name, container=container, volumes=[{"name": "data", "image": source}])


async def views(cluster: Cluster) -> list[str]:
    """Return the keys of all views of images that the node has."""
    client = cri.Client(cluster.machine.socket)
    try:
        request = cri.message_class(f"{image_views.PACKAGE}.ListRequest")(snapshotter="overlayfs")
        replies = await client.ask_containerd(image_views.SERVICE, "List", "ListReply", request)
    finally:
        await client.close()
    return [info.name for reply in replies for info in reply.info if info.name.startswith(KEY)]


async def nothing_left(cluster: Cluster) -> None:
    async def is_clean() -> bool:
        return await views(cluster) == [] and not [
            point for point in mounts.below(cluster.machine.data_dir / "pods") if "image" in point.parts
        ]

    await cluster.until(is_clean, "nothing is left of the volumes")


def message(found: Object) -> str:
    return str(container_status(found)["state"]["waiting"]["message"])


@conformance("Image Volume")
async def test_files_of_an_image(cluster: Cluster, image: str) -> None:
    await cluster.run(mounting("data", {"reference": image, "pullPolicy": "Always"}, subPath="dir"))
    found = await cluster.running("data")
    assert await cluster.exec("data", "cat", "/volume/dir/file", "/part/file") == "inside\n" * 2
    told = (await cluster.exec("data", *sh("touch /volume/x 2>&1; touch /part/x 2>&1; true"))).splitlines()
    assert [line.rpartition(": ")[2] for line in told] == ["Read-only file system"] * 2
    events = await cluster.events("data")
    assert any(f'Successfully pulled image "{image}"' in event for event in events)
    assert await views(cluster) == [f"{KEY}{found['metadata']['uid']}/data"]
    await cluster.delete("data", grace=0)
    await nothing_left(cluster)


async def test_volumes_outlive_the_agent(cluster: Cluster, image: str) -> None:
    await cluster.run(mounting("data", {"reference": image}))
    await cluster.running("data")
    await cluster.stop_agent()
    await cluster.start_agent()
    assert await cluster.exec("data", "cat", "/volume/dir/file") == "inside\n"
    await cluster.delete("data", grace=0)
    await nothing_left(cluster)


async def test_faults(cluster: Cluster, image: str) -> None:
    missing = f"{image.rpartition(':')[0]}:none"
    await cluster.run(mounting("missing", {"reference": missing}))
    await cluster.run(mounting("never", {"reference": "kubewheel.local/none:1", "pullPolicy": "Never"}))
    await cluster.run(mounting("bad", {"reference": "Bad:Name:x"}))
    await cluster.run(mounting("nowhere", {"reference": image}, subPath="nowhere"))
    found = await cluster.wait("missing", lambda found: waiting(found) == "ErrImagePull")
    assert "not found" in message(found)
    await cluster.wait("missing", lambda found: waiting(found) == "ImagePullBackOff")
    found = await cluster.wait("never", lambda found: waiting(found) == "ErrImageNeverPull")
    assert message(found).endswith('"kubewheel.local/none:1" is not present with pull policy of Never')
    await cluster.wait("bad", lambda found: waiting(found) == "InvalidImageName")
    found = await cluster.wait("nowhere", lambda found: waiting(found) == "CreateContainerConfigError")
    assert 'failed to prepare subPath for volumeMount "data"' in message(found)
    for name in ("missing", "never", "bad", "nowhere"):
        await cluster.delete(name, grace=0)
    await nothing_left(cluster)
