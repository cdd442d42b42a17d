"""Several clusters in one client configuration, and what scripts do with kubectl's output."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from kubewheel.testing import SyncCluster
from tests.component.kubectl.support import Tool


@pytest.fixture
def both(kubectl: Tool, tmp_path: Path) -> Tool:
    """Give kubectl with two clusters, one of which is of three nodes, called `large` and `small`."""
    with SyncCluster(nodes=3) as other:
        merged = tmp_path / "config"
        for name, source in (("small", kubectl.kubeconfig), ("large", Path(other.kubeconfig))):
            own = tmp_path / name
            own.write_text(source.read_text())
            tool = Tool(kubectl.program, own, tmp_path)
            tool("config", "rename-context", tool("config", "current-context").strip(), name)
            view = json.loads(tool("config", "view", "--raw", "-o", "json"))
            for kind in ("clusters", "users"):
                view[kind][0]["name"] = name
            view["contexts"][0]["context"] |= {"cluster": name, "user": name}
            own.write_text(json.dumps(view))
        paths = os.pathsep.join(str(tmp_path / name) for name in ("small", "large"))
        together = Tool(kubectl.program, Path(paths), tmp_path)
        merged.write_text(together("config", "view", "--flatten", "--raw"))
        yield Tool(kubectl.program, merged, tmp_path)


def test_use_context_chooses_the_cluster(both: Tool) -> None:
    for name, nodes in (("large", 3), ("small", 2), ("large", 3)):
        assert both("config", "use-context", name) == f'Switched to context "{name}".\n'
        assert both("config", "current-context").strip() == name
        assert len(both("get", "nodes", "-o", "name").split()) == nodes
        assert len(both("get", "nodes", "-o", "name", "--context=small").split()) == 2
    wrong = both.run("config", "use-context", "none")
    assert wrong.code == 1
    assert 'no context exists with the name: "none"' in wrong.err
    assert both("config", "current-context").strip() == "large"


def test_scripts_read_the_current_context(both: Tool) -> None:
    script = f"{both.program} config view | awk '/^current-context:/ {{print $2}}'"
    printed = subprocess.run(
        script, shell=True, capture_output=True, text=True, check=True, env=both.environment(),
    ).stdout
    assert printed == both("config", "current-context")


@pytest.mark.parametrize(("filter_of", "form"), [
    (["jq", "-r", ".items | length"], "json"), (["yq", "-r", ".items | length"], "yaml"),
])
def test_output_is_valid_for_other_programs(kubectl: Tool, filter_of: list[str], form: str) -> None:
    text = kubectl("get", "nodes", "-o", form)
    done = subprocess.run(filter_of, input=text, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"


def test_loops_notice_failures(kubectl: Tool) -> None:
    script = f"for name in default none default; do {kubectl.program} get namespace $name -o name || exit 7; done"
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=False, env=kubectl.environment(),
    )
    assert (done.returncode, done.stdout) == (7, "namespace/default\n")
    assert 'namespaces "none" not found' in done.stderr
