"""Resources: totals, quality of service, limits."""

from typing import Any

import pytest

from kubewheel.kubelet.resources import Qos, cgroup_of, of_container, of_pod, pod_total, qos_class
from kubewheel.libs import cgroups
from tests.unit.kubelet.build import UID, container, pod


def asks(name: str = "main", requests: dict[str, str] | None = None, limits: dict[str, str] | None = None,
         **fields: Any) -> dict[str, Any]:
    return container(name, resources={"requests": requests or {}, "limits": limits or {}}, **fields)


FULL = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(("subject", "expected"), [
    pytest.param(pod(), Qos.BEST_EFFORT, id="nothing"),
    pytest.param(pod(asks(limits=FULL)), Qos.GUARANTEED, id="limits-only"),
    pytest.param(pod(asks(requests={"cpu": "1000m", "memory": "1024Mi"}, limits=FULL)), Qos.GUARANTEED, id="equal"),
    pytest.param(pod(asks(requests={"cpu": "1"})), Qos.BURSTABLE, id="request"),
    pytest.param(pod(asks(limits=FULL), asks("two")), Qos.BURSTABLE, id="one-of-two"),
    pytest.param(pod(asks(limits={"example.com/gpu": "1"})), Qos.BEST_EFFORT, id="other-resource"),
])
def test_qos_class(subject: Any, expected: Qos) -> None:
    assert qos_class(subject) == expected


def test_total_is_the_peak() -> None:
    subject = pod(
        asks(requests={"cpu": "100m"}), asks("two", requests={"cpu": "200m", "memory": "1Ki"}),
        initContainers=[
            asks("side", requests={"cpu": "50m"}, restartPolicy="Always"), asks("setup", requests={"cpu": "1"}),
        ],
        overhead={"cpu": "5m"},
    )
    assert pod_total(subject) == {"cpu": 1055, "memory": 1024}


def test_container_limits() -> None:
    subject = pod(asks(requests={"cpu": "250m", "memory": "1Gi"}, limits={"cpu": "500m", "memory": "2Gi"}))
    found = of_container(subject, subject["spec"]["containers"][0], 8 << 30)
    assert (found.cpu_shares, found.cpu_quota, found.cpu_period) == (256, 50_000, 100_000)
    assert found.memory_limit_bytes == 2 << 30
    assert found.oom_score_adj == 875
    plain = of_container(pod(), container(), 8 << 30)
    assert (plain.cpu_shares, plain.cpu_quota, plain.memory_limit_bytes, plain.oom_score_adj) == (2, 0, 0, 1000)


def test_pod_limits_only_where_every_container_has_one() -> None:
    both = pod(asks(limits=FULL), asks("two", limits=FULL))
    assert of_pod(both) == cgroups.Limits(cpu_shares=2048, cpu_quota=200_000, memory_bytes=2 << 30)
    one = pod(asks(limits=FULL), asks("two"))
    assert of_pod(one) == cgroups.Limits(cpu_shares=1024)


def test_cgroup_path() -> None:
    assert cgroup_of("/kw", pod()) == f"/kw/kubepods/besteffort/pod{UID}"
    assert cgroup_of("/kw", pod(asks(limits=FULL))) == f"/kw/kubepods/pod{UID}"
