"""What a DaemonSet reports."""

from kubewheel.controllers.daemon_set import status
from kubewheel.controllers.daemon_set.placement import Fit

from .build import YES, daemon_set, daemons, pod


def test_numbers() -> None:
    pods = [
        pod("a", "n1", age=50), pod("b", "n2", age=5), pod("c", "n3", "broken", new=False), pod("d", "n5"),
    ]
    fits = {"n1": YES, "n2": YES, "n3": YES, "n4": YES, "n5": Fit(False, True)}
    found = daemons(daemon_set(seconds=10), pods, **fits)
    assert status.plan_status(found, 0) == {
        "desiredNumberScheduled": 4, "currentNumberScheduled": 3, "numberMisscheduled": 1, "numberReady": 2,
        "updatedNumberScheduled": 2, "numberAvailable": 1, "numberUnavailable": 3, "observedGeneration": 3,
    }
    assert status.seconds_to_next(found) == 5


def test_no_nodes() -> None:
    assert status.plan_status(daemons(daemon_set(), []), 2) == {
        "desiredNumberScheduled": 0, "currentNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
        "observedGeneration": 3, "collisionCount": 2,
    }
