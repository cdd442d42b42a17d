"""Control groups, in directories that stand for the kernel's."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kubewheel.libs import cgroups
from kubewheel.libs.cgroups import Limits

Machine = Callable[..., dict[str, Path]]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    def make(*names: str) -> dict[str, Path]:
        roots = {name: tmp_path / name for name in names}
        for root in roots.values():
            root.mkdir()
        monkeypatch.setattr(cgroups, "hierarchies", lambda: roots)
        return roots

    return make


def test_version_1(machine: Machine) -> None:
    roots = machine("cpu", "memory", "pids", "freezer", cgroups.UNIFIED)
    cgroups.make("/kw/kubepods/podx", Limits(cpu_shares=1, cpu_quota=20_000, memory_bytes=1 << 20, pids=9))
    group = roots["cpu"] / "kw/kubepods/podx"
    assert (group / "cpu.shares").read_text() == "2"
    assert (group / "cpu.cfs_quota_us").read_text() == "20000"
    assert (roots["memory"] / "kw/kubepods/podx/memory.limit_in_bytes").read_text() == str(1 << 20)
    assert not (roots["freezer"] / "kw").exists()
    assert cgroups.children("/kw/kubepods") == {"podx"}


def test_version_2(machine: Machine) -> None:
    root = machine(cgroups.UNIFIED)[cgroups.UNIFIED]
    for place in (root, root / "kw"):
        place.mkdir(exist_ok=True)
        (place / "cgroup.controllers").write_text("cpu memory io")
    cgroups.make("/kw/podx", Limits(cpu_shares=1024, cpu_quota=-1, memory_bytes=5))
    assert (root / "cgroup.subtree_control").read_text() == "+cpu +memory"
    assert (root / "kw/podx/cpu.weight").read_text() == "39"
    assert (root / "kw/podx/cpu.max").read_text() == "max 100000"
    assert (root / "kw/podx/memory.max").read_text() == "5"


def test_remove_takes_whole_trees_everywhere(machine: Machine) -> None:
    roots = machine("cpu", "memory", "freezer")
    for root in roots.values():
        (root / "kw/kubepods/podx/container").mkdir(parents=True)
    assert cgroups.remove("/kw")
    assert all(not (root / "kw").exists() for root in roots.values())
    assert cgroups.remove("/kw")


def test_the_root_is_never_removed(machine: Machine) -> None:
    roots = machine("cpu")
    assert not cgroups.remove("/")
    assert roots["cpu"].exists()


def test_hierarchies_of_this_machine() -> None:
    cgroups.hierarchies.cache_clear()
    found = cgroups.hierarchies()
    assert all(path.is_dir() for path in found.values())


def test_kill_ends_who_is_in_the_group_and_below(machine: Machine) -> None:
    root = machine(cgroups.UNIFIED)[cgroups.UNIFIED]
    with subprocess.Popen(["sleep", "60"]) as inside, subprocess.Popen(["sleep", "60"]) as outside:
        (root / "kw/pod").mkdir(parents=True)
        (root / "kw/cgroup.procs").write_text("")
        (root / "kw/pod/cgroup.procs").write_text(f"{inside.pid}\n")
        (root / "cgroup.procs").write_text(f"{outside.pid}\n")
        cgroups.kill("/kw")
        assert inside.wait(10) == -signal.SIGKILL
        assert outside.poll() is None
        outside.kill()


def test_memory_usage(machine: Machine) -> None:
    roots = machine("memory", cgroups.UNIFIED)
    assert cgroups.memory_usage("/kw/podx") == 0
    (roots[cgroups.UNIFIED] / "kw/podx").mkdir(parents=True)
    (roots[cgroups.UNIFIED] / "kw/podx/memory.current").write_text("7\n")
    assert cgroups.memory_usage("/kw/podx") == 7
    (roots["memory"] / "kw/podx").mkdir(parents=True)
    (roots["memory"] / "kw/podx/memory.usage_in_bytes").write_text("9\n")
    assert cgroups.memory_usage("/kw/podx") == 9
