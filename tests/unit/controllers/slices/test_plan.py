"""Distribution of endpoints over slices."""

from typing import Any

from kubewheel.controllers.slices import Group, plan_slices

TEMPLATE: Any = {
    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
    "metadata": {"generateName": "web-", "namespace": "ns", "labels": {"a": "b"}, "ownerReferences": [{"uid": "s"}]},
}
PORTS = [{"name": "", "port": 80, "protocol": "TCP"}]


def endpoint(number: int, ready: bool = True) -> Any:
    return {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": ready}, "targetRef": {"uid": str(number)}}


def slice_of(name: str, *numbers: int, ports: Any = None, labels: Any = None) -> Any:
    return {
        **TEMPLATE, "addressType": "IPv4", "endpoints": [endpoint(number) for number in numbers],
        "ports": PORTS if ports is None else ports,
        "metadata": {
            "name": name, "namespace": "ns", "labels": labels or {"a": "b"}, "ownerReferences": [{"uid": "s"}],
        },
    }


def group(*endpoints: Any, ports: Any = None) -> Group:
    return Group("IPv4", PORTS if ports is None else ports, list(endpoints))


def addresses(slice: Any) -> list[str]:
    return [each["addresses"][0][7:] for each in slice["endpoints"]]


def test_first_slices() -> None:
    plan = plan_slices([group(*map(endpoint, range(5)))], [], TEMPLATE, limit=2)
    assert [addresses(each) for each in plan.create] == [["0", "1"], ["2", "3"], ["4"]]
    assert plan.create[0]["ports"] == PORTS
    assert "name" not in plan.create[0]["metadata"]
    assert (plan.update, plan.delete) == ([], [])


def test_nothing_changes_when_all_is_there() -> None:
    plan = plan_slices([group(endpoint(1), endpoint(2))], [slice_of("x", 2, 1)], TEMPLATE)
    assert (plan.create, plan.update, plan.delete) == ([], [], [])


def test_changed_endpoint_is_updated_in_its_place() -> None:
    plan = plan_slices([group(endpoint(1, ready=False), endpoint(2))], [slice_of("x", 1), slice_of("y", 2)], TEMPLATE)
    assert [each["metadata"]["name"] for each in plan.update] == ["x"]
    assert plan.update[0]["endpoints"] == [endpoint(1, ready=False)]
    assert (plan.create, plan.delete) == ([], [])


def test_new_endpoints_fill_slices_that_change_anyway() -> None:
    present = [slice_of("full", 1, 2), slice_of("half", 3), slice_of("loses", 4, 5)]
    plan = plan_slices([group(*map(endpoint, (1, 2, 3, 4, 6)))], present, TEMPLATE, limit=2)
    assert [(each["metadata"]["name"], addresses(each)) for each in plan.update] == [("loses", ["4", "6"])]
    assert (plan.create, plan.delete) == ([], [])


def test_empty_slices_go_but_one_stays() -> None:
    plan = plan_slices([group()], [slice_of("x", 1), slice_of("y", 2)], TEMPLATE)
    assert [each["metadata"]["name"] for each in plan.delete] == ["y"]
    assert [(each["metadata"]["name"], each["endpoints"]) for each in plan.update] == [("x", [])]


def test_other_ports_reuse_the_slice() -> None:
    other = [{"name": "", "port": 81, "protocol": "TCP"}]
    plan = plan_slices([group(endpoint(1), ports=other)], [slice_of("x", 1)], TEMPLATE)
    assert (plan.create, plan.delete) == ([], [])
    assert (plan.update[0]["metadata"]["name"], plan.update[0]["ports"]) == ("x", other)


def test_labels_are_brought_up_to_date() -> None:
    plan = plan_slices([group(endpoint(1))], [slice_of("x", 1, labels={"old": "label"})], TEMPLATE)
    assert plan.update[0]["metadata"]["labels"] == {"a": "b"}
