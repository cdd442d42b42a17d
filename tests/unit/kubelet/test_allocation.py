"""What containers get: wanted, allocated, actual; and in which order they get it."""

from typing import Any

import pytest

from kubewheel.kubelet import allocation, labels
from kubewheel.kubelet.allocation import Allocation, begin, plan_changes
from kubewheel.libs.cgroups import Limits
from tests.unit.kubelet.build import EXITED, container, observed, pod, status


def needs(cpu: str = "1", memory: str = "10Mi", **limits: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, **({"limits": limits} if limits else {})}


def made_with(name: str, given: dict[str, Any], state: Any = None, restarts: int = 0) -> Any:
    found = status(name, restarts=restarts, **({"state": state} if state else {}))
    text = labels.annotations_of_container(pod(), container(name, resources=given), restarts, "")[labels.RESOURCES]
    found.container.annotations[labels.RESOURCES] = text  # type: ignore[index]
    return found


def settled(**listed: dict[str, Any]) -> Allocation:
    return Allocation(dict(listed), dict(listed))


def test_begins_with_what_containers_were_made_with() -> None:
    small, large = needs(), needs("2")
    subject = pod(container("a", resources=large), container("b", resources=large), metadata={"generation": 3})
    found = begin(subject, observed(made_with("a", small)))
    assert found.needs == {"a": small, "b": large}
    assert found.needs == found.settled
    assert (found.generation, found.is_original) == (3, True)
    made = allocation.applied(subject, found.needs)
    assert [each["resources"] for each in made["spec"]["containers"]] == [small, large]
    assert allocation.applied(made, found.needs) is made
    assert subject["spec"]["containers"][0]["resources"] is large


@pytest.mark.parametrize(("one", "other", "names"), [
    (needs("1"), needs("1000m"), set()), (needs("1"), needs("2"), {"cpu"}), (needs(), {}, {"cpu", "memory"}),
    (needs(memory="1Gi"), needs(memory="1024Mi"), set()),
    (needs(), {**needs(), "limits": {"memory": "1Gi"}}, {"memory"}),
    (needs(), {"requests": {**needs()["requests"], "nvidia.com/gpu": "1"}}, set()),
])
def test_changed(one: dict[str, Any], other: dict[str, Any], names: set[str]) -> None:
    assert allocation.changed(one, other) == names
    assert allocation.same(one, other) == (not names)


def limited(memory: str) -> dict[str, Any]:
    return {"limits": {"memory": memory}}


def test_those_that_shrink_come_first() -> None:
    before = {name: limited("20Mi") for name in ("a", "b", "c", "d")}
    after = {"a": limited("30Mi"), "b": limited("10Mi"), "c": limited("20Mi"), "d": limited("10Mi")}
    subject = pod(*(container(name, resources=given) for name, given in after.items()))
    found = observed(*(made_with(name, before[name], EXITED if name == "d" else None) for name in before))
    changes = plan_changes(subject, Allocation(after, dict(before)), found)
    assert [change.container["name"] for change in changes] == ["b", "a"]
    assert [change.memory_shrinks_to for change in changes] == [10 << 20, 0]
    same = pod(*(container(name, resources=before[name]) for name in before))
    assert plan_changes(same, settled(**before), found) == []


def test_what_was_given_since_counts() -> None:
    small, large = limited("10Mi"), limited("20Mi")
    found = observed(made_with("main", small))
    given = Allocation({"main": large}, {"main": large}, given={"main-0": large})
    subject = pod(container(resources=large))
    assert plan_changes(subject, given, found) == []
    assert not allocation.in_progress(subject, given, found)
    assert not given.is_original
    again = observed(made_with("main", large, restarts=1))
    assert given.actual(again.containers[0]) == large


@pytest.mark.parametrize(("policies", "restarts"), [
    ({}, False), ({"cpu": "RestartContainer"}, False), ({"memory": "RestartContainer"}, True),
    ({"memory": "NotRequired", "cpu": "RestartContainer"}, False),
])
def test_restarts(policies: dict[str, str], restarts: bool) -> None:
    listed = [{"resourceName": name, "restartPolicy": policy} for name, policy in policies.items()]
    subject = pod(container(resources=limited("30Mi"), resizePolicy=listed))
    found = observed(made_with("main", limited("20Mi")))
    (change,) = plan_changes(subject, settled(main=limited("30Mi")), found)
    assert change.restarts is restarts


def test_progress() -> None:
    small, large = needs("1"), needs("2")
    subject = pod(container(resources=large))
    accepted = Allocation({"main": large}, {"main": small})
    assert allocation.in_progress(subject, accepted, observed())
    assert not allocation.in_progress(subject, settled(main=large), observed())
    assert allocation.in_progress(subject, settled(main=large), observed(made_with("main", small)))


@pytest.mark.parametrize(("before", "after", "held"), [("1", "2", "2"), ("2", "1", "2"), ("1", "1", "1")])
def test_what_shrinks_is_held_until_then(before: str, after: str, held: str) -> None:
    subject = pod(container(resources=needs(after)))
    on_its_way = Allocation({"main": needs(after)}, {"main": needs(before)})
    found = allocation.held(subject, on_its_way)
    assert found["spec"]["containers"][0]["resources"]["requests"]["cpu"] == held


def test_widest() -> None:
    one, other = Limits(10, 5000, 100), Limits(20, 4000, None)
    assert allocation.widest(one, other) == Limits(20, 5000, None)
    assert allocation.widest(one, one) == one


def test_what_outlives_the_agent() -> None:
    kept = Allocation({"a": needs()}, {"a": limited("1Gi")}, 7, {"a-0": needs()})
    assert allocation.from_json(allocation.to_json(kept)) == kept
    for content in (b"{}", b"[]", b"x", b'{"needs": 1}'):
        with pytest.raises(ValueError):  # noqa: PT011 - any fault of the content
            allocation.from_json(content)
