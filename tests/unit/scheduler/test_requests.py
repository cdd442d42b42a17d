"""Requests: sums, peaks of init containers, sidecars, pod level, overhead."""

from typing import Any

import pytest

from kubewheel.scheduler import requests
from tests.unit.scheduler.conftest import container

ASSUMED_MEMORY = 200 * 1024 * 1024


@pytest.mark.parametrize(("spec", "cpu", "memory"), [
    pytest.param({"containers": [container("1", "1Gi"), container("500m")]}, 1500, 2**30, id="sum"),
    pytest.param({"initContainers": [container("2"), container("3")], "containers": [container("1")]}, 3000, 0,
                 id="largest-init"),
    pytest.param({"initContainers": [container("1", restartPolicy="Always"), container("3")],
                  "containers": [container("1")]}, 4000, 0, id="init-beside-sidecar"),
    pytest.param({"initContainers": [container("3"), container("1", restartPolicy="Always")],
                  "containers": [container("1")]}, 3000, 0, id="init-before-sidecar"),
    pytest.param({"containers": [container("1")], "overhead": {"cpu": "250m", "memory": "1Mi"}}, 1250, 2**20,
                 id="overhead"),
    pytest.param({"containers": [container("1")], "resources": {"requests": {"cpu": "5"}}}, 5000, 0, id="pod-level"),
    pytest.param({"containers": [container()]}, 0, 0, id="none"),
])
def test_requests(spec: Any, cpu: int, memory: int) -> None:
    found = requests.of_spec(spec)
    assert (found.cpu, found.memory) == (cpu, memory)


def test_containers_without_requests_are_taken_to_use_something() -> None:
    found = requests.of_spec({"containers": [container(), container("1")]})
    assert (found.assumed_cpu, found.assumed_memory) == (1100, 2 * ASSUMED_MEMORY)


def test_extended_resources_are_kept_apart() -> None:
    spec = {"containers": [{"resources": {"requests": {"example.com/gpu": "2", "ephemeral-storage": "1Gi"}}}]}
    assert requests.of_spec(spec).others == {"example.com/gpu": 2, "ephemeral-storage": 2**30}
