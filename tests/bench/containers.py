"""Local images for rows that run containers."""

import subprocess
from collections.abc import Sequence

from kubewheel.libs import oci_archive
from kubewheel.libs.oci_archive import Image
from tests.e2e.support.cluster import Cluster


def with_images(cluster: Cluster, images: Sequence[Image]) -> None:
    """Import `images` into the containerd of a running cluster."""
    socket = cluster.data_dir / "containerd" / "containerd.sock"
    subprocess.run(["ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "import", "-"],
                   input=oci_archive.build(images), check=True, capture_output=True)
