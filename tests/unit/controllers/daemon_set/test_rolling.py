"""Which pods of an old template go next."""

from typing import Any

import pytest

from kubewheel.controllers.daemon_set import rolling

from .build import YES, daemon_set, daemons, pod

NODES = {f"n{number}": YES for number in range(1, 5)}


def old(number: int, state: str = "ready") -> Any:
    return pod(f"o{number}", f"n{number}", state, new=False)


def new(number: int, state: str = "ready") -> Any:
    return pod(f"p{number}", f"n{number}", state)


@pytest.mark.parametrize(("limit", "pods", "delete"), [
    pytest.param(1, [old(1), old(2), old(3), old(4)], ["o1"], id="one"),
    pytest.param("50%", [old(1), old(2), old(3), old(4)], ["o1", "o2"], id="half"),
    pytest.param(1, [new(1, "Pending"), old(2), old(3), old(4)], [], id="new-one-is-not-ready"),
    pytest.param(1, [new(1), old(2), old(3), old(4)], ["o2"], id="next"),
    pytest.param(1, [old(1), old(2, "going"), old(3), old(4)], [], id="one-is-going"),
    pytest.param(1, [old(1), old(2), old(3)], [], id="one-is-missing"),
    pytest.param(1, [old(1), old(2), old(3, "broken"), old(4)], ["o3"], id="broken-ones-first"),
    pytest.param(2, [old(1), old(2), old(3, "broken"), old(4)], ["o3", "o1"], id="broken-ones-count"),
    pytest.param(9, [new(1), new(2), new(3), new(4)], [], id="done"),
])
def test_replacement(limit: int | str, pods: list[Any], delete: list[str]) -> None:
    step = rolling.plan_update(daemons(daemon_set(maxUnavailable=limit, maxSurge=0), pods, **NODES))
    assert [each["metadata"]["name"] for each in step.delete] == delete
    assert step.create == []


@pytest.mark.parametrize(("limit", "pods", "create"), [
    pytest.param(1, [old(1), old(2), old(3), old(4)], ["n1"], id="one"),
    pytest.param(1, [old(1), new(1, "Pending"), old(2), old(3), old(4)], [], id="new-one-is-not-ready"),
    pytest.param(2, [old(1), new(1, "Pending"), old(2), old(3), old(4)], ["n2"], id="two"),
    pytest.param(1, [old(1), old(2, "broken"), old(3), old(4)], ["n2", "n1"], id="broken-ones-first"),
    pytest.param(9, [new(1), new(2), new(3), new(4)], [], id="done"),
])
def test_surge(limit: int, pods: list[Any], create: list[str]) -> None:
    step = rolling.plan_update(daemons(daemon_set(maxSurge=limit, maxUnavailable=0), pods, **NODES))
    assert step.create == create
    assert step.delete == []
