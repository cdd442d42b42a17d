"""What this machine says of itself."""

from pathlib import Path

from kubewheel.kubelet import machine


def test_read(tmp_path: Path) -> None:
    found = machine.read(tmp_path / "not" / "there" / "yet")
    assert found.cpus >= 1
    assert found.memory_bytes > 1 << 20
    assert found.disk_bytes > 1 << 20
    assert found.kernel
    capacity = found.capacity(110)
    assert (capacity["cpu"], capacity["pods"]) == (str(found.cpus), "110")
    info = found.node_info("containerd://1.6", "v1.37.1")
    assert (info["operatingSystem"], info["containerRuntimeVersion"]) == ("linux", "containerd://1.6")


def test_pressure_readings(tmp_path: Path) -> None:
    assert 0 <= machine.free_share(tmp_path) <= 1
    assert machine.available_memory() > 0
    assert machine.free_pids() > 0
