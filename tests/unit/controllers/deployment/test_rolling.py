"""Sizes of ReplicaSets during rollouts and after scaling."""

from typing import Any

import pytest

from kubewheel.controllers.deployment import rolling, sizes


def deployment(replicas: int, surge: int | str = 0, unavailable: int | str = 0, strategy: str = "RollingUpdate") -> Any:
    return {
        "metadata": {"name": "web"}, "status": {},
        "spec": {
            "replicas": replicas,
            "strategy": {"type": strategy, "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}},
        },
    }


def replicaset(name: str, replicas: int, available: int | None = None, age: int = 0, **annotations: int) -> Any:
    return {
        "metadata": {
            "name": name, "creationTimestamp": f"2026-01-01T00:00:{age:02}Z",
            "annotations": {f"deployment.kubernetes.io/{key}-replicas": str(size) for key, size in annotations.items()},
        },
        "spec": {"replicas": replicas},
        "status": {"availableReplicas": replicas if available is None else available},
    }


@pytest.mark.parametrize(("wanted", "surge", "unavailable", "expected"), [
    pytest.param(10, "25%", "25%", (3, 2), id="surge-up-unavailable-down"),
    pytest.param(1, "25%", "25%", (1, 0), id="one-pod"),
    pytest.param(5, 0, "10%", (0, 1), id="never-both-nothing"),
    pytest.param(2, 0, 5, (0, 2), id="not-more-than-there-are"),
    pytest.param(0, 2, 2, (2, 0), id="none-wanted"),
])
def test_bounds(wanted: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]) -> None:
    tested = deployment(wanted, surge, unavailable)
    assert (sizes.max_surge(tested), sizes.max_unavailable(tested)) == expected


@pytest.mark.parametrize(("new", "olds", "surge", "expected"), [
    pytest.param(0, [10], 0, None, id="no-room"),
    pytest.param(0, [10], 2, 2, id="surge"),
    pytest.param(2, [8], 2, 4, id="room-that-the-old-left"),
    pytest.param(8, [0], 5, 10, id="never-above-wanted"),
    pytest.param(12, [], 0, 10, id="scaled-down"),
    pytest.param(10, [3], 0, None, id="done"),
])
def test_growth_of_the_new(new: int, olds: list[int], surge: int, expected: int | None) -> None:
    plan = rolling.plan_new(
        deployment(10, surge), replicaset("new", new), [replicaset(f"old{size}", size) for size in olds]
    )
    assert (plan.replicas if plan else None) == expected


@pytest.mark.parametrize(("unavailable", "new", "olds", "expected"), [
    pytest.param(0, (0, 0), [(10, 10)], {}, id="nothing-may-go"),
    pytest.param(2, (0, 0), [(10, 10)], {"old0": 8}, id="as-many-as-may-be-unavailable"),
    pytest.param(0, (2, 0), [(10, 10)], {}, id="new-ones-not-available-yet"),
    pytest.param(0, (2, 2), [(10, 10)], {"old0": 8}, id="new-ones-available"),
    pytest.param(2, (0, 0), [(8, 8), (2, 0)], {"old0": 8 - 0, "old1": 0}, id="unhealthy-first"),
    pytest.param(0, (10, 10), [(3, 3), (2, 2)], {"old0": 0, "old1": 0}, id="all-old-may-go"),
    pytest.param(0, (8, 8), [(1, 1), (4, 4)], {"old0": 0, "old1": 2}, id="oldest-first"),
])
def test_shrinking_of_the_old(
    unavailable: int, new: tuple[int, int], olds: list[tuple[int, int]], expected: dict[str, int]
) -> None:
    plan = rolling.plan_old(
        deployment(10, 3, unavailable), replicaset("new", *new),
        [replicaset(f"old{age}", *size, age=age) for age, size in enumerate(olds)],
    )
    found = {resize.replicaset["metadata"]["name"]: resize.replicas for resize in plan}
    assert found == {name: size for name, size in expected.items() if size != olds[int(name[-1])][0]}


def scale(wanted: int, sets: dict[str, Any], strategy: str = "RollingUpdate", surge: int = 0) -> dict[str, int]:
    new = sets.pop("new", None)
    plan = rolling.plan_scale(deployment(wanted, surge, 1, strategy), new, list(sets.values()))
    return {resize.replicaset["metadata"]["name"]: resize.replicas for resize in plan}


def test_scaling_one_set_goes_straight() -> None:
    assert scale(7, {"new": replicaset("new", 3)}) == {"new": 7}
    assert scale(7, {"old": replicaset("old", 3), "new": replicaset("new", 0)}) == {"old": 7}
    assert scale(0, {"new": replicaset("new", 0), "old": replicaset("old", 0)}) == {"new": 0}


def test_scaling_a_finished_rollout_drops_the_old() -> None:
    sets = {"new": replicaset("new", 5, 5, desired=5), "old": replicaset("old", 2)}
    assert scale(5, sets) == {"old": 0}


def test_scaling_in_the_middle_of_a_rollout_keeps_proportions() -> None:
    sets = {
        "new": replicaset("new", 5, age=2, max=10), "old": replicaset("old", 5, age=1, max=10),
    }
    assert scale(20, dict(sets)) == {"new": 10, "old": 10}
    assert scale(5, dict(sets)) == {"new": 3, "old": 2}
    # What rounding leaves goes to the largest, or the newest of equals.
    assert scale(11, dict(sets)) == {"new": 6, "old": 5}
    assert scale(0, dict(sets)) == {"new": 0, "old": 0}


def test_recreate_is_not_scaled_in_proportion() -> None:
    sets = {"new": replicaset("new", 1, age=2, max=10), "old": replicaset("old", 5, age=1, max=10)}
    assert scale(20, sets, "Recreate") == {}
