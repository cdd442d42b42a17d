"""Clusters with containers for rows, and local images in them."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from kubewheel.bench.clusters import Bench, Cluster, Connected, connect, has_containers
from kubewheel.bench.row import Skipped
from kubewheel.libs import oci_archive
from kubewheel.libs.oci_archive import Image


def needs_containers() -> None:
    """Skip the row where containers cannot run."""
    if not has_containers():
        raise Skipped("needs root and containerd")


def with_images(cluster: Cluster, images: Sequence[Image]) -> None:
    """Import `images` into the containerd of a running cluster."""
    socket = cluster.data_dir / "containerd" / "containerd.sock"
    subprocess.run(["ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "import", "-"],
                   input=oci_archive.build(images), check=True, capture_output=True)


@asynccontextmanager
async def running(bench: Bench, images: Sequence[Image]) -> AsyncIterator[tuple[Cluster, Connected]]:
    """Run a cluster with containers and `images` for the block."""
    cluster = bench.cluster("--runtime", "containerd")
    try:
        await asyncio.to_thread(cluster.up)
        await asyncio.to_thread(with_images, cluster, images)
        async with connect(cluster.port, cluster.data_dir / "pki" / "ca.crt") as connected:
            yield cluster, connected
    finally:
        await asyncio.to_thread(lambda: cluster.down(wipe=True))
