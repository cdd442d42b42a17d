"""A real cluster plays every scenario of `tests.shared`, all at once: each has a namespace of its own."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from kubewheel.testing.thread import LoopThread
from tests.e2e.support.cluster import Cluster
from tests.shared import scenarios, targets

Outcomes = dict[str, Future[None]]


@pytest.fixture(scope="module")
def outcomes(shared_cluster: Cluster) -> Iterator[Outcomes]:
    """What becomes of each scenario."""
    thread = LoopThread()
    thread.start()
    target = targets.of_kubeconfig(shared_cluster.data_dir / "kubeconfig", thread)

    def play(scenario: scenarios.Scenario) -> None:
        place = target.within(f"shared-{scenario.__name__.replace('_', '-')}"[:50].rstrip("-"))
        try:
            scenario(place)
        finally:
            target.client.delete("Namespace", place.namespace)

    with ThreadPoolExecutor(len(scenarios.ALL)) as pool:
        yield {each.__name__: pool.submit(play, each) for each in scenarios.ALL}
    thread.stop()


@pytest.mark.parametrize("name", [each.__name__ for each in scenarios.ALL])
def test_in_a_real_cluster(outcomes: Outcomes, name: str):
    outcomes[name].result(timeout=120)
