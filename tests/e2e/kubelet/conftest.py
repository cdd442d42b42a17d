"""Fixtures: a containerd of the tests' own, a cluster with one node on it."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.e2e.kubelet import harness


@pytest.fixture
async def machine() -> AsyncIterator[harness.Machine]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    directory = harness.new_folder()
    async with harness.machine(directory) as found:
        yield found


@pytest.fixture
async def cluster(machine: harness.Machine) -> AsyncIterator[harness.Cluster]:
    async with harness.cluster(machine) as found:
        await found.start_agent()
        yield found
