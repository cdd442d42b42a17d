"""Plugins that look at one node."""

from typing import Any

import pytest

from kubewheel.scheduler import cycle
from kubewheel.scheduler.plugins import image_locality, node_affinity, node_resources, taint_toleration
from tests.unit.scheduler.conftest import cluster, container, node, pod

GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def port(number: int, address: str = "", protocol: str = "TCP") -> Any:
    entry = {"containerPort": 80, "hostPort": number, "protocol": protocol}
    return container(ports=[{**entry, "hostIP": address} if address else entry])


def in_terms(*terms: Any) -> Any:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def expression(key: str, operator: str, *values: str) -> Any:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


FULL = "Insufficient cpu"
OTHER = "node(s) didn't match Pod's node affinity/selector"
TAINTED = "node(s) had untolerated taint(s)"
PORTS = "node(s) didn't have free ports for the requested pod ports"


@pytest.mark.parametrize(("there", "placed", "incoming", "reasons", "resolvable"), [
    pytest.param({}, {}, {}, (), None, id="empty-node"),
    pytest.param({"cpu": "1"}, {"cpu": "600m"}, {"cpu": "600m"}, (FULL,), True, id="cpu-taken"),
    pytest.param({"cpu": "1"}, {}, {"cpu": "2"}, (FULL,), False, id="cpu-never-enough"),
    pytest.param({"cpu": "1"}, {"cpu": "400m"}, {"cpu": "600m"}, (), None, id="cpu-fits-exactly"),
    pytest.param({"cpu": "1", "memory": "1Gi"}, {}, {"cpu": "2", "memory": "2Gi"}, (FULL, "Insufficient memory"),
                 False, id="two-lacks"),
    pytest.param({"pods": "1"}, {}, {}, ("Too many pods",), True, id="too-many-pods"),
    pytest.param({}, {}, {"containers": [{"name": "c", "resources": {"requests": {"example.com/gpu": "1"}}}]},
                 ("Insufficient example.com/gpu",), False, id="extended-missing"),
    pytest.param({"offers": {"example.com/gpu": "1"}}, {},
                 {"containers": [{"name": "c", "resources": {"requests": {"example.com/gpu": "1"}}}]}, (), None,
                 id="extended-there"),
    pytest.param({"labels": {"disk": "ssd"}}, {}, {"nodeSelector": {"disk": "ssd"}}, (), None, id="selector"),
    pytest.param({}, {}, {"nodeSelector": {"disk": "ssd"}}, (OTHER,), False, id="selector-missed"),
    pytest.param({"labels": {"cores": "8"}}, {}, {"affinity": in_terms(expression("cores", "Gt", "4"))}, (), None,
                 id="affinity-gt"),
    pytest.param({}, {}, {"affinity": in_terms(expression("a", "Exists"), expression("b", "DoesNotExist"))}, (), None,
                 id="one-of-the-terms"),
    pytest.param({}, {}, {"affinity": in_terms({})}, (OTHER,), False, id="empty-term-matches-nothing"),
    pytest.param({"taints": [GPU]}, {}, {}, (TAINTED,), False, id="taint"),
    pytest.param({"taints": [GPU]}, {}, {"tolerations": [{"key": "gpu", "operator": "Exists"}]}, (), None,
                 id="tolerated"),
    pytest.param({"taints": [GPU]}, {}, {"tolerations": [{"key": "gpu", "value": "no"}]}, (TAINTED,), False,
                 id="other-value"),
    pytest.param({"taints": [GPU]}, {}, {"tolerations": [{"key": "gpu", "value": "yes", "effect": "NoExecute"}]},
                 (TAINTED,), False, id="other-effect"),
    pytest.param({"taints": [{**GPU, "effect": "PreferNoSchedule"}]}, {}, {}, (), None, id="soft-taint"),
    pytest.param({"unschedulable": True}, {}, {}, ("node(s) were unschedulable",), False, id="cordoned"),
    pytest.param({"unschedulable": True}, {},
                 {"tolerations": [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]}, (), None,
                 id="cordon-tolerated"),
    pytest.param({}, {"containers": [port(80)]}, {"containers": [port(80)]}, (PORTS,), True, id="port-taken"),
    pytest.param({}, {"containers": [port(80)]}, {"containers": [port(80, "10.0.0.1")]}, (PORTS,), True,
                 id="port-taken-on-all"),
    pytest.param({}, {"containers": [port(80, "10.0.0.2")]}, {"containers": [port(80, "10.0.0.1")]}, (), None,
                 id="port-on-other-address"),
    pytest.param({}, {"containers": [port(80, "10.0.0.2")]}, {"containers": [port(80)]}, (PORTS,), True,
                 id="all-addresses-wanted"),
    pytest.param({}, {"containers": [port(80, protocol="UDP")]}, {"containers": [port(80)]}, (), None,
                 id="other-protocol"),
])
def test_verdict(there: Any, placed: Any, incoming: Any, reasons: tuple[str, ...], resolvable: bool | None) -> None:
    snapshot = cluster(node(**there), pods=[pod("there", on="n", **placed)])
    verdict = cycle.local_verdict(pod(**incoming).template, snapshot.nodes["n"])
    if resolvable is None:
        assert verdict is None
    else:
        assert verdict is not None
        assert (verdict.reasons, verdict.resolvable) == (reasons, resolvable)


@pytest.mark.parametrize(("used", "wanted", "score"), [("0", "1", 75), ("2", "2", 0), ("1", "1", 50)])
def test_least_allocated(used: str, wanted: str, score: int) -> None:
    there = pod("there", on="n", cpu=used, memory=f"{used}Gi")
    snapshot = cluster(node(cpu="4", memory="4Gi"), pods=[there])
    assert node_resources.least_allocated(pod(cpu=wanted, memory=f"{wanted}Gi").template, snapshot.nodes["n"]) == score


@pytest.mark.parametrize(("cpu", "memory", "score"), [
    pytest.param("1", "1Gi", 75, id="stays-even"), pytest.param("4", "0", 50, id="tilts"),
    pytest.param("", "", 0, id="asks-nothing"),
])
def test_balanced(cpu: str, memory: str, score: int) -> None:
    snapshot = cluster(node(cpu="4", memory="4Gi"))
    assert node_resources.balanced(pod(cpu=cpu, memory=memory).template, snapshot.nodes["n"]) == score


def test_preferences_add_up() -> None:
    preferred = [
        {"weight": 10, "preference": expression("a", "In", "1")},
        {"weight": 5, "preference": expression("b", "Exists")},
        {"weight": 3, "preference": expression("c", "Exists")},
    ]
    wish = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    snapshot = cluster(node(labels={"a": "1", "b": ""}))
    assert node_affinity.preference(pod(affinity=wish).template, snapshot.nodes["n"]) == 15


def test_soft_taints_are_counted() -> None:
    taints = [{"key": key, "effect": "PreferNoSchedule"} for key in "abc"]
    snapshot = cluster(node(taints=taints))
    tolerant = pod(tolerations=[{"key": "a", "operator": "Exists", "effect": "PreferNoSchedule"},
                                {"key": "b", "operator": "Exists", "effect": "NoSchedule"}])
    assert taint_toleration.dislikes(tolerant.template, snapshot.nodes["n"]) == 2


def test_large_image_that_is_there_scores() -> None:
    snapshot = cluster(node(images={"big:latest": 500 * 2**20}), node("m"))
    wanted = pod(containers=[{"name": "c", "image": "big"}]).template
    scores = [
        image_locality.score(wanted, snapshot.nodes[name], snapshot.images, len(snapshot.nodes)) for name in ("n", "m")
    ]
    assert scores == [100 * (250 - 23) // (1000 - 23), 0]
