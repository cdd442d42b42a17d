"""One cluster with two simulated nodes for the tests of each module, and kubectl for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubewheel.testing import SyncCluster
from tests.component.kubectl.support import Tool, kubectl_program


@pytest.fixture(scope="module")
def cluster() -> Iterator[SyncCluster]:
    """Give a running cluster whose time passes."""
    with SyncCluster(nodes=2, clock="real") as made:
        yield made


@pytest.fixture(scope="module")
def kubectl(cluster: SyncCluster, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """Give kubectl as the cluster's administrator."""
    return Tool(kubectl_program(), Path(cluster.kubeconfig), tmp_path_factory.mktemp("home"))
