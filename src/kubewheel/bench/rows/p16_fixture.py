"""test fixture: start and stop by what is in it; first one of a process; 100 objects reconciled; 200 tests"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubewheel.bench.clusters import Bench
from kubewheel.bench.row import Figure, Row
from kubewheel.testing import SyncCluster

TRIES = 20
LEVELS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kinds", {}), ("with controllers", {"controllers": True}), ("with a node", {"nodes": 1}),
)
OBJECTS = 100
COLD = """
import time
started = time.perf_counter()
from kubewheel.testing.blocking import SyncCluster
cluster = SyncCluster(nodes=1)
cluster.start()
print(time.perf_counter() - started)
cluster.stop()
"""
TESTS = """
import pytest

@pytest.mark.kubewheel(nodes=1)
@pytest.mark.parametrize("number", range(200))
def test_pod_runs(kubewheel, number):
    kubewheel.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                     "spec": {"containers": [{"name": "c", "image": "i"}]}})
    kubewheel.settle()
    assert kubewheel.one("Pod")["status"]["phase"] == "Running"
"""


async def measure(bench: Bench) -> list[Figure]:
    """Measure in threads: the fixture brings its own event loop."""
    return await asyncio.to_thread(_measure, bench.folder)


def _measure(folder: Path) -> list[Figure]:
    figures = [Figure("cold", min(_cold() for _ in range(3)) * 1000, " ms")]
    for name, options in LEVELS:
        _cycle(options)
        figures.append(Figure(name, min(_cycle(options) for _ in range(TRIES)) * 1000, " ms"))
    figures.append(Figure(f"{OBJECTS} objects", min(_timed(_reconcile) for _ in range(3)), " s"))
    return [*figures, Figure("200 tests", _tests(folder), " s")]


def _cold() -> float:
    done = subprocess.run([sys.executable, "-c", COLD], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _cycle(options: dict[str, Any]) -> float:
    def cycle() -> None:
        with SyncCluster(**options):
            pass

    return _timed(cycle)


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _reconcile() -> None:
    """Have a Deployment for each of many objects come up, as an operator's test does."""
    template = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    with SyncCluster(nodes=1) as cluster:
        cluster.apply([
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": f"r{number}"},
             "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "a"}}, "template": template}}
            for number in range(OBJECTS)
        ])
        cluster.settle()
        if sum(each["status"].get("readyReplicas", 0) for each in cluster.list("ReplicaSet")) != OBJECTS:
            raise RuntimeError("not all have been reconciled")


def _tests(folder: Path) -> float:
    (folder / "test_many.py").write_text(TESTS)
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_many.py"], cwd=folder, check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


ROW = Row(("P16",), "<= 50 ms, cold <= 400 ms; <= 0.5 s; <= 30 s", measure)
