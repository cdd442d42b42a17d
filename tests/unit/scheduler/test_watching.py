"""What changes of nodes and pods mean."""

from typing import Any

import pytest

from kubewheel.scheduler import watching
from kubewheel.scheduler.plugins.plugin import Change
from kubewheel.scheduler.settings import SchedulerSettings
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.watching import Watching
from tests.unit.scheduler.conftest import Things, node, pod, raw


@pytest.mark.parametrize(("new", "changes"), [
    (node(), []),
    ({**node(), "status": {**node()["status"], "conditions": [{"type": "Ready"}]}}, []),
    (node(cpu="8"), [Change.NODE_ALLOCATABLE]),
    (node(labels={"a": "b"}), [Change.NODE_LABELS]),
    (node(unschedulable=True), [Change.NODE_TAINTS]),
    (node(cpu="8", taints=[{"key": "k", "effect": "NoSchedule"}]), [Change.NODE_ALLOCATABLE, Change.NODE_TAINTS]),
])
def test_node_changes(new: Any, changes: list[Change]) -> None:
    assert list(watching.node_changes(node(), new)) == changes


class FakeQueue:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.pods: dict[str, str] = {}
        self.changes: list[Change] = []

    def add(self, added: Any) -> None:
        self.pods[added.uid] = added.name

    def remove(self, uid: str) -> None:
        self.pods.pop(uid, None)

    def changed(self, change: Change) -> None:
        self.changes.append(change)


@pytest.fixture
def watched() -> Watching:
    return Watching(Snapshot(Things()), FakeQueue(), SchedulerSettings())  # type: ignore[arg-type]


@pytest.mark.parametrize(("options", "is_queued"), [
    pytest.param({}, True, id="plain"),
    pytest.param({"schedulerName": "default-scheduler"}, True, id="by-name"),
    pytest.param({"schedulerName": "mine"}, False, id="foreign"),
    pytest.param({"schedulingGates": [{"name": "g"}]}, False, id="gated"),
    pytest.param({"metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}}, False, id="deleting"),
    pytest.param({"status": {"phase": "Failed"}}, False, id="ended"),
    pytest.param({"on": "n"}, False, id="placed"),
])
def test_which_pods_are_queued(watched: Watching, options: Any, is_queued: bool) -> None:
    watched.pod_changed("ADDED", raw(**options), None)
    assert (watched.queue.pods == {"ns-p": "p"}) == is_queued  # type: ignore[attr-defined]


def test_life_of_a_pod(watched: Watching) -> None:
    queue: Any = watched.queue
    watched.node_changed("ADDED", node(), None)
    watched.pod_changed("ADDED", raw(), None)
    watched.snapshot.assume(pod(), "n")
    bound = raw(on="n", metadata={"generation": 1})
    watched.pod_changed("MODIFIED", bound, None)
    assert queue.pods == {}
    assert not watched.snapshot.is_assumed("ns-p")
    running = raw(on="n", metadata={"generation": 1}, status={"phase": "Running"})
    watched.pod_changed("MODIFIED", running, bound)
    assert watched.snapshot.pods["ns-p"].object is running
    relabelled = raw(on="n", metadata={"generation": 1}, labels={"a": "b"})
    watched.pod_changed("MODIFIED", relabelled, running)
    watched.pod_changed("MODIFIED", raw(on="n", status={"phase": "Succeeded"}), relabelled)
    assert watched.snapshot.pods == {}
    assert queue.changes == [Change.NODE_ADDED, Change.POD_PLACED, Change.POD_LABELS, Change.POD_GONE]


def test_what_shrinks_is_free_when_its_node_says_so(watched: Watching) -> None:
    def shown(cpu: str, allocated: str, generation: int) -> dict[str, Any]:
        told = {"name": "c", "allocatedResources": {"cpu": allocated}, "resources": {"requests": {"cpu": allocated}}}
        about = {"generation": generation}
        containers = [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]
        return raw(on="n", metadata=about, status={"containerStatuses": [told]}, containers=containers)

    queue: Any = watched.queue
    watched.node_changed("ADDED", node(), None)
    states = [shown("2", "2", 1), shown("1", "2", 2), shown("1", "1", 2), shown("3", "1", 3)]
    kept = []
    for before, after in zip([None, *states], states, strict=False):
        watched.pod_changed("MODIFIED", after, before)
        kept.append(watched.snapshot.pods["ns-p"].template.requests.cpu)
    assert kept == [2000, 2000, 1000, 3000]
    assert queue.changes == [Change.NODE_ADDED, Change.POD_PLACED, Change.POD_GONE]


def test_nomination_is_taken_over(watched: Watching) -> None:
    watched.node_changed("ADDED", node(), None)
    waiting = raw(status={"nominatedNodeName": "n"})
    watched.pod_changed("ADDED", waiting, None)
    assert list(watched.snapshot.nominated) == ["n"]
    watched.pod_changed("DELETED", None, waiting)
    assert watched.snapshot.nominated == {}


def test_node_life(watched: Watching) -> None:
    queue: Any = watched.queue
    watched.node_changed("ADDED", node(), None)
    watched.node_changed("MODIFIED", node(cpu="8"), node())
    watched.node_changed("DELETED", None, node(cpu="8"))
    assert watched.snapshot.nodes == {}
    assert queue.changes == [Change.NODE_ADDED, Change.NODE_ALLOCATABLE, Change.NODE_GONE]
