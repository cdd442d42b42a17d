"""When a cluster with containers has settled, and which addresses it takes."""

import ipaddress

import pytest

from kubewheel.testing import containers


def pod(phase: str = "Pending", node: str = "n", reason: str = "", **metadata: str) -> dict:
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    status = {"phase": phase, "containerStatuses": [{"name": "c", "state": state}]}
    return {"metadata": metadata, "spec": {"nodeName": node}, "status": status}


@pytest.mark.parametrize(("found", "expected"), [
    pytest.param({"metadata": {}, "spec": {"nodeName": "n"}}, True, id="just-bound"),
    pytest.param(pod(node=""), False, id="without-node"),
    pytest.param(pod(reason="ContainerCreating"), True, id="starting"),
    pytest.param(pod(reason="ImagePullBackOff"), False, id="no-image"),
    pytest.param(pod(reason="CreateContainerConfigError"), False, id="no-config-map"),
    pytest.param(pod("Running", reason="CrashLoopBackOff"), False, id="backing-off"),
    pytest.param(pod("Running"), False, id="running"),
    pytest.param(pod("Succeeded"), False, id="done"),
    pytest.param(pod("Running", deletionTimestamp="2027-01-01T00:00:00Z"), True, id="stopping"),
])
def test_pods_on_their_way(found, expected):
    assert containers._is_on_its_way(found) is expected


def test_ranges_are_free(monkeypatch):
    taken = [("eth0", ipaddress.IPv4Network("10.128.0.0/11"))]
    monkeypatch.setattr(containers.machine, "routes", lambda: taken)
    services, pods = map(ipaddress.IPv4Network, containers._free_ranges())
    assert not services.overlaps(pods)
    assert not any(each.overlaps(taken[0][1]) for each in (services, pods))


def test_runs_in_parallel_begin_elsewhere():
    assert next(containers._candidates(1)) != next(containers._candidates(2))
    assert sorted(containers._candidates(1)) == sorted(containers._candidates(2))
