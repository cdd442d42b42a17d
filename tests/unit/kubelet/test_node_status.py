"""The Node object: conditions, capacity, and when it is worth telling."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubewheel.kubelet import node_status
from kubewheel.kubelet.machine import Machine
from kubewheel.kubelet.node_status import Health
from kubewheel.kubelet.runtime import Image, RuntimeVersion
from kubewheel.kubelet.settings import KubeletSettings

MACHINE = Machine(4, 8 << 30, 100 << 30, "amd64", "6.1", "Debian", "m", "b", "s")
SETTINGS = KubeletSettings("node-a", Path("/data"), node_ip="10.0.0.1", labels={"zone": "a"},
                           reserved={"cpu": "500m", "memory": "1Gi"})
WELL = Health(RuntimeVersion("containerd", "1.6"))


def conditions(health: Health) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in node_status.conditions(health)}


@pytest.mark.parametrize(("health", "kind", "expected"), [
    (WELL, "Ready", ("True", "KubeletReady")),
    (Health(None, "container runtime is down: x"), "Ready", ("False", "KubeletNotReady")),
    (replace(WELL, network_problem="no"), "Ready", ("False", "KubeletNotReady")),
    (replace(WELL, memory_available=1 << 20), "MemoryPressure", ("True", "KubeletHasInsufficientMemory")),
    (WELL, "MemoryPressure", ("False", "KubeletHasSufficientMemory")),
    (replace(WELL, disk_free_share=0.05), "DiskPressure", ("True", "KubeletHasDiskPressure")),
    (replace(WELL, pids_free=10), "PIDPressure", ("True", "KubeletHasInsufficientPID")),
])
def test_conditions(health: Health, kind: str, expected: tuple[str, str]) -> None:
    assert conditions(health)[kind] == expected


def test_network_message_is_upstreams() -> None:
    ready = node_status.conditions(replace(WELL, network_problem="cni plugin not initialized"))[-1]
    assert ready["message"] == (
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
        "message:cni plugin not initialized"
    )


def test_allocatable_leaves_out_what_is_reserved() -> None:
    found = node_status.allocatable(SETTINGS, MACHINE)
    assert (found["cpu"], found["memory"], found["pods"]) == ("3500m", "7Gi", "110")
    assert node_status.capacity(SETTINGS, MACHINE)["memory"] == "8388608Ki"


def test_registered_object() -> None:
    found = node_status.node(replace(SETTINGS, taints=({"key": "a", "effect": "NoSchedule"},)), MACHINE)
    labels = found["metadata"]["labels"]
    assert (labels["zone"], labels["kubernetes.io/hostname"], labels["kubernetes.io/arch"]) == ("a", "node-a", "amd64")
    assert found["spec"]["taints"] == [{"key": "a", "effect": "NoSchedule"}]


def test_differs_ignores_heartbeats_and_strangers() -> None:
    first = node_status.status(SETTINGS, MACHINE, WELL, {}, 100.0)
    told: dict[str, Any] = {**first, "conditions": [*first["conditions"], {"type": "Strange", "status": "True"}]}
    later = node_status.status(SETTINGS, MACHINE, WELL, {"status": told}, 200.0)
    assert not node_status.differs(later, told)
    pressed = node_status.status(SETTINGS, MACHINE, replace(WELL, pids_free=1), {"status": told}, 200.0)
    assert node_status.differs(pressed, told)
    changed = {each["type"]: each["lastTransitionTime"] for each in pressed["conditions"]}
    assert changed["PIDPressure"] != changed["Ready"]


def test_images_largest_first_with_names_only() -> None:
    images = (Image("a", ("x:1",), size_bytes=1), Image("b", size_bytes=9), Image("c", ("y:1",), ("y@d",), 5))
    found = node_status.status(SETTINGS, MACHINE, replace(WELL, images=images), {}, 1.0)["images"]
    assert found == [{"names": ["y@d", "y:1"], "sizeBytes": 5}, {"names": ["x:1"], "sizeBytes": 1}]
