"""Quality of service."""

import pytest

from kubewheel.api import qos


def container(requests=None, limits=None):
    return {"resources": {"requests": requests or {}, "limits": limits or {}}}


BOTH = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, "BestEffort", id="nothing"),
    pytest.param({"containers": [container()]}, "BestEffort", id="no-resources"),
    pytest.param({"containers": [container({"cpu": "0"})]}, "BestEffort", id="zero"),
    pytest.param({"containers": [container({"ephemeral-storage": "1Gi"})]}, "BestEffort", id="not-compute"),
    pytest.param({"containers": [container({"cpu": "1"})]}, "Burstable", id="request"),
    pytest.param({"containers": [container(BOTH, BOTH)]}, "Guaranteed", id="equal"),
    pytest.param({"containers": [container(None, BOTH)]}, "Guaranteed", id="limits-are-requests"),
    pytest.param({"containers": [container({**BOTH, "cpu": "500m"}, BOTH)]}, "Burstable", id="less-than-limits"),
    pytest.param({"containers": [container(BOTH, BOTH), container()]}, "Burstable", id="one-without"),
    pytest.param({"containers": [container(BOTH, {"cpu": "1"})]}, "Burstable", id="one-limit"),
    pytest.param(
        {"containers": [container(BOTH, BOTH)], "initContainers": [container({"cpu": "1"})]}, "Burstable", id="init",
    ),
    pytest.param({"resources": {"limits": BOTH}, "containers": [container()]}, "Guaranteed", id="pod-level"),
    pytest.param({"resources": {"requests": BOTH}, "containers": [container()]}, "Burstable", id="pod-level-requests"),
])
def test_class(spec, expected):
    assert qos.compute(spec) == expected


def test_the_status_tells_it_if_it_does():
    assert qos.of({"spec": {}, "status": {"qosClass": "Guaranteed"}}) == "Guaranteed"
    assert qos.of({"spec": {}}) == "BestEffort"
