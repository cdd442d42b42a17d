"""Fixtures: a containerd of the tests' own, a cluster with one node on it."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.kubelet import harness


@pytest.fixture
async def machine() -> AsyncIterator[harness.Machine]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    # Below /var/tmp, not pytest's own directory: containerd's socket path must stay short.
    directory = Path(tempfile.mkdtemp(prefix="kwt-", dir="/var/tmp"))
    async with harness.machine(directory) as found:
        yield found


@pytest.fixture
async def cluster(machine: harness.Machine) -> AsyncIterator[harness.Cluster]:
    async with harness.cluster(machine) as found:
        await found.start_agent()
        yield found
