"""One cluster for all scenarios: real containerd, images from a real registry, everything on ports of its own."""

import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.kubelet import harness
from tests.e2e.support import images, leftovers, registry
from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import free_port

NEEDED = ("containerd", "runc", "nft", "docker-registry", "skopeo")
PUSHED = {
    "library/busybox:latest": images.busybox,
    "library/nginx:latest": images.nginx_like,
    "test/echoserver:1.4": images.echo_server,
}

NUMBERS = itertools.count()  # of the clusters of this run, which may live at the same time
FOLDERS: list[Path] = []  # and where each of them lies


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every end-to-end test, and skip those that need containers where they cannot run, with the reason."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if os.geteuid() != 0:
        missing.append("root")
    for item in items:
        if "/e2e/" not in str(item.path):
            continue
        item.add_marker(pytest.mark.containerd)
        item.add_marker(pytest.mark.timeout(300))
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"containers need {', '.join(missing)}"))


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for everything that the end-to-end tests write; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kubewheel-e2e-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def images_registry(scratch: Path) -> Iterator[str]:
    """The host:port of a registry that holds the images of the scenarios."""
    with registry.serve(scratch / "registry") as address:
        for repository, make in PUSHED.items():
            images.push(make(repository), address, repository)
        for version in ("latest", "1", "2", "3"):
            name = f"okeeffed/docker-demo:{version}"
            images.push(images.application(name, version), address, name)
        yield address


def new_cluster(scratch: Path, name: str, *flags: str) -> Cluster:
    """Return a cluster that is not started yet, apart from all others on this machine."""
    index = next(NUMBERS)
    own = (
        "--port", str(free_port()), "--kubelet-port", str(free_port()),
        "--service-cluster-ip-range", f"10.{os.getpid() % 100 + 100}.{index}.0/24",
        "--cluster-cidr", f"10.{os.getpid() % 60 + 20}.{index * 4}.0/22",
    )
    home = scratch / f"home-{name}"
    home.mkdir()
    FOLDERS.append(scratch / name)
    return Cluster(scratch / name, home, (*own, *flags))


@pytest.fixture(scope="session")
def shared_cluster(scratch: Path, images_registry: str) -> Iterator[Cluster]:
    """The cluster of the scenarios; what it and all others leave on the machine fails the run."""
    cluster = new_cluster(scratch, "cluster")
    registry.mirror(cluster.data_dir / "containerd" / "certs.d", "docker.io", images_registry)
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down(wipe=True)
    own = leftovers.marks(*FOLDERS, paths=[str(scratch), harness.FOLDERS], names=[harness.BRIDGE])
    assert leftovers.observe(own) == frozenset()


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """The shared cluster with a namespace of the test's own."""
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    shared_cluster.kubectl("create", "namespace", namespace)
    yield shared_cluster.within(namespace)
    shared_cluster.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture(scope="session")
def manifests() -> Path:
    """The folder of the scenarios' manifests."""
    return Path(__file__).parent / "manifests"
