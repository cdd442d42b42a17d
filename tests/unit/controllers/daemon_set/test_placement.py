"""Which nodes a DaemonSet is for."""

from typing import Any

import pytest

from kubewheel.controllers.daemon_set import placement
from kubewheel.controllers.daemon_set.placement import Fit

from .build import daemon_set, pod


def node(name: str = "n1", labels: dict[str, str] | None = None, *taints: tuple[str, str]) -> Any:
    listed = [{"key": key, "effect": effect} for key, effect in taints]
    return {"metadata": {"name": name, "labels": labels or {}}, "spec": {"taints": listed}}


def affinity(key: str, operator: str, *values: str) -> dict[str, Any]:
    expression = {"key": key, "operator": operator, "values": list(values)}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


@pytest.mark.parametrize(("spec", "found", "expected"), [
    pytest.param({}, node(), Fit(True, True), id="any"),
    pytest.param({"nodeName": "n2"}, node(), Fit(False, False), id="other-node"),
    pytest.param({"nodeSelector": {"a": "b"}}, node(labels={"a": "b"}), Fit(True, True), id="selected"),
    pytest.param({"nodeSelector": {"a": "b"}}, node(labels={"a": "c"}), Fit(False, False), id="not-selected"),
    pytest.param(affinity("a", "NotIn", "b"), node(labels={"a": "b"}), Fit(False, False), id="affinity"),
    pytest.param({}, node("n1", None, ("x", "NoSchedule")), Fit(False, True), id="stays"),
    pytest.param({}, node("n1", None, ("x", "NoExecute")), Fit(False, False), id="driven-away"),
    pytest.param({}, node("n1", None, ("x", "PreferNoSchedule")), Fit(True, True), id="soft"),
    pytest.param({"tolerations": [{"key": "x", "operator": "Exists"}]}, node("n1", None, ("x", "NoExecute")),
                 Fit(True, True), id="tolerated"),
    pytest.param({}, node("n1", None, ("node.kubernetes.io/not-ready", "NoExecute")), Fit(True, True), id="lost-node"),
    pytest.param({}, node("n1", None, ("node.kubernetes.io/unschedulable", "NoSchedule")), Fit(True, True),
                 id="cordoned"),
    pytest.param({}, node("n1", None, ("node.kubernetes.io/network-unavailable", "NoSchedule")), Fit(False, True),
                 id="no-network"),
    pytest.param({"hostNetwork": True}, node("n1", None, ("node.kubernetes.io/network-unavailable", "NoSchedule")),
                 Fit(True, True), id="network-of-the-node"),
])
def test_fit(spec: dict[str, Any], found: Any, expected: Fit) -> None:
    assert placement.fit(daemon_set(spec), found) == expected


def test_new_pod_is_bound_to_its_node() -> None:
    owner = daemon_set(affinity("a", "Exists"))
    owner["metadata"]["annotations"] = {placement.GENERATION: "7"}
    found = placement.new_pod(owner, owner["spec"]["template"], "abc", "n1")
    assert placement.node_of(found) == "n1"
    assert found["metadata"]["generateName"] == "agent-"
    assert found["metadata"]["labels"] == {
        "app": "agent", "controller-revision-hash": "abc", "pod-template-generation": "7",
    }
    assert len(found["spec"]["tolerations"]) == 6
    assert placement.is_updated(owner, found, "abc")
    assert placement.is_updated(owner, found, "other")  # The generation is the same.
    owner["metadata"]["annotations"] = {placement.GENERATION: "8"}
    assert not placement.is_updated(owner, found, "other")


def test_node_of_a_pod() -> None:
    assert placement.node_of(pod("a", "n1")) == "n1"
    assert placement.node_of(pod("a", "n2", bound=False)) == "n2"
    assert placement.node_of({"spec": {}}) == ""
