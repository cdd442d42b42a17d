"""Every example of docs/examples runs, as a user runs it: in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # pytest prints more where these are set.
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}
    environment = {**inherited, "PYTHONPATH": str(ROOT / "src"), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=100, check=False,
    )


@pytest.mark.slow
def test_examples_run():
    found = {path.name for path in EXAMPLES.glob("test_*.py")}
    done = pytest_in(EXAMPLES, "-vv", "-W", "error::pytest.PytestUnhandledThreadExceptionWarning")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.partition("::")[0] for line in done.stdout.splitlines() if "PASSED" in line} == found


def test_every_example_is_shown():
    text = (ROOT / "docs" / "testing.md").read_text()
    missing = [path.name for path in EXAMPLES.iterdir() if path.is_file() and f"examples/{path.name}" not in text]
    assert [name for name in missing if not name.startswith(".")] == []


def test_workflow_is_yaml():
    workflow = yaml.safe_load((EXAMPLES / "github-actions.yaml").read_text())
    commands = [each.get("run", "") for each in workflow["jobs"]["tests"]["steps"]]
    assert any(each.startswith("pytest -n auto") for each in commands)


@pytest.mark.slow
def test_plugin_costs_others_nothing(tmp_path):
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_nothing_is_imported():\n"
        "    loaded = {name for name in sys.modules if name.startswith('kubewheel')}\n"
        "    assert loaded == {'kubewheel', 'kubewheel.testing', 'kubewheel.testing.plugin'}\n"
    )
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_in_parallel(tmp_path):
    pytest.importorskip("xdist")
    (tmp_path / "test_many.py").write_text(
        "import pytest\n\n@pytest.mark.kubewheel(nodes=1)\n@pytest.mark.parametrize('number', range(10))\n"
        "def test_isolated(kubewheel, number):\n"
        "    assert kubewheel.list('Pod') == []\n"
        "    assert kubewheel.kubectl('create', 'configmap', 'a') == 'configmap/a created\\n'\n"
    )
    done = pytest_in(tmp_path, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr


def test_markers_and_ini(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nkubewheel_controllers = true\nkubewheel_load = a.yaml\n")
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: given}}")
    (tmp_path / "test_ini.py").write_text(
        "import pytest\n\ndef test_ini(kubewheel):\n"
        "    assert kubewheel.get('ConfigMap', 'given')\n    assert kubewheel.cluster.options.controllers\n\n"
        "@pytest.mark.kubewheel(controllers=False, load=())\ndef test_marker(kubewheel):\n"
        "    assert kubewheel.list('ConfigMap', 'default') == []\n\n"
        "@pytest.mark.kubewheel(2)\ndef test_wrong(kubewheel):\n    pass\n"
    )
    done = pytest_in(tmp_path, "-p", "no:randomly")
    assert "2 passed, 1 error" in done.stdout
    assert "takes named options only" in done.stdout
