"""Questions about pods."""

import pytest

from kubewheel.api import pods


def pod(phase="", deleting=False, ready=None, **spec):
    metadata = {"name": "a"} | ({"deletionTimestamp": "2024-01-01T00:00:00Z"} if deleting else {})
    status = {"phase": phase} if phase else {}
    if ready is not None:
        status["conditions"] = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"metadata": metadata, "spec": spec, "status": status}


@pytest.mark.parametrize(("subject", "terminal", "active", "ready"), [
    (pod(), False, True, False), (pod("Running", ready=True), False, True, True),
    (pod("Running", ready=False), False, True, False), (pod("Succeeded"), True, False, False),
    (pod("Failed"), True, False, False), (pod("Running", deleting=True, ready=True), False, False, True),
])
def test_states(subject, terminal, active, ready):
    assert (pods.is_terminal(subject), pods.is_active(subject), pods.is_ready(subject)) == (terminal, active, ready)


def test_phase_and_node():
    assert pods.phase({"metadata": {}}) == "Pending"
    assert pods.node_name(pod()) == ""
    assert pods.node_name(pod(nodeName="n1")) == "n1"


def asks(side="requests", **amounts):
    return {"resources": {side: amounts}}


def shown(amounts):
    return {name: str(amount) for name, amount in amounts.items()}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"containers": [{}]}, {}, id="nothing"),
    pytest.param({"containers": [asks(cpu="100m"), asks(cpu="1", memory="1Gi")]}, {"cpu": "1100m",
    "memory": "1Gi"}, id="sum"),
    pytest.param(
        {"initContainers": [asks(cpu="2"), asks(cpu="1", memory="1Gi")], "containers": [asks(cpu="500m")]},
        {"cpu": "2", "memory": "1Gi"}, id="init-peak",
    ),
    pytest.param(
        {"initContainers": [asks(cpu="1") | {"restartPolicy": "Always"}, asks(cpu="2")],
        "containers": [asks(cpu="500m")]},
        {"cpu": "3"}, id="sidecar-beside-init",
    ),
    pytest.param(
        {"initContainers": [asks(cpu="2"), asks(cpu="1") | {"restartPolicy": "Always"}],
        "containers": [asks(cpu="1500m")]},
        {"cpu": "2500m"}, id="sidecar-beside-containers",
    ),
    pytest.param({"containers": [asks(cpu="1")], "overhead": {"cpu": "250m", "memory": "8Mi"}},
                 {"cpu": "1250m", "memory": "8Mi"}, id="overhead"),
    pytest.param({"containers": [asks(cpu="1", **{"example.com/gpu": 1})], **asks(cpu="4", memory="2Gi")},
                 {"cpu": "4", "example.com/gpu": "1", "memory": "2Gi"}, id="pod-level"),
])
def test_requests(spec, expected):
    assert shown(pods.requests(spec)) == expected


@pytest.mark.parametrize(("asked", "allocated", "has", "reason", "held"), [
    pytest.param("1", "1", "1", "", "1", id="at-rest"), pytest.param("2", "1", "1", "Deferred", "2", id="grows"),
    pytest.param("1", "2", "2", "Deferred", "2", id="to-shrink"), pytest.param("1", "1", "2", "", "2", id="shrinks"),
    pytest.param("9", "1", "2", "Infeasible", "2", id="hopeless"),
])
def test_what_a_node_keeps_for_a_pod(asked, allocated, has, reason, held):
    subject = pod("Running", containers=[asks(cpu=asked) | {"name": "c"}, asks(cpu="1") | {"name": "d"}])
    subject["status"]["containerStatuses"] = [
        {"name": "c", "allocatedResources": {"cpu": allocated}, "resources": {"requests": {"cpu": has}}},
    ]
    if reason:
        subject["status"]["conditions"] = [{"type": "PodResizePending", "status": "True", "reason": reason}]
    found = pods.held_spec(subject)
    assert [each["resources"]["requests"]["cpu"] for each in found["containers"]] == [held, "1"]
    assert (found is subject["spec"]) == (asked == allocated == has)
    assert subject["spec"]["containers"][0]["resources"]["requests"]["cpu"] == asked


def test_limits():
    spec = {"containers": [asks("limits", cpu="1"), {}], "overhead": {"cpu": "500m", "memory": "1Mi"}}
    assert shown(pods.limits(spec)) == {"cpu": "1500m"}


def test_containers_and_host_ports():
    spec = {
        "initContainers": [
            {"name": "i", "ports": [{"hostPort": 1}]}, {"name": "s", "restartPolicy": "Always",
            "ports": [{"hostPort": 2}]},
        ],
        "containers": [{"name": "c", "ports": [{"hostPort": 3, "hostIP": "127.0.0.1", "protocol": "UDP"},
        {"containerPort": 4}]}],
        "ephemeralContainers": [{"name": "e"}],
    }
    assert [each["name"] for each in pods.all_containers(spec)] == ["i", "s", "c", "e"]
    assert list(pods.host_ports(spec)) == [("", "TCP", 2), ("127.0.0.1", "UDP", 3)]
