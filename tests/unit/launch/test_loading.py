"""What is loaded when: start and memory pay for what runs, and for nothing else."""

import subprocess
import sys

import pytest

COMPONENTS = ("controllers", "dns", "kubelet", "proxy", "scheduler")


@pytest.mark.parametrize(("module", "absent"), [
    ("kubewheel.launch.serve", (*COMPONENTS, "libs.cel", "api.openapi.v2", "api.openapi.v3", "libs.etcd")),
    ("kubewheel.launch.control", (*COMPONENTS, "apiserver", "storage")),
    ("kubewheel.launch.alone.components", (*COMPONENTS, "apiserver", "storage")),
    ("kubewheel.launch.alone.proxy_files", ("apiserver", "storage", "controllers", "kubelet", "scheduler")),
    ("kubewheel.launch.alone.node_files", ("apiserver", "storage", "controllers", "proxy", "scheduler", "libs.cri")),
    ("kubewheel.testing.blocking", ("controllers", "dns", "proxy", "scheduler", "kubelet.agent", "libs.cel")),
    ("kubewheel.testing.plugin", (*COMPONENTS, "apiserver", "storage", "client", "launch")),
])
def test_only_what_is_needed_is_loaded(module: str, absent: tuple[str, ...]) -> None:
    show = f"import sys, {module}; print(*(name for name in sys.modules if name.startswith('kubewheel.')))"
    loaded = subprocess.run([sys.executable, "-c", show], check=True, capture_output=True, text=True).stdout.split()
    unwanted = tuple(f"kubewheel.{name}." for name in absent)
    assert [name for name in loaded if f"{name}.".startswith(unwanted)] == []
