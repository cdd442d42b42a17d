"""The fixture plays every scenario of `tests.shared`; in `tests/e2e` a real cluster plays the same ones."""

import pytest

from kubewheel.testing import SyncCluster
from tests.shared import scenarios, targets


@pytest.fixture(scope="module")
def cluster():
    with SyncCluster(nodes=2) as found:
        yield found


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda each: each.__name__)
def test_in_the_fixture(cluster: SyncCluster, scenario: scenarios.Scenario):
    name = scenario.__name__.replace("_", "-")[:50]
    scenario(targets.of_fixture(cluster).within(name))
