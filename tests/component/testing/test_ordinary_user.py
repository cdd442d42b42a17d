"""The fixture works for an ordinary user: no root, a home that cannot be written, in parallel."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOBODY = 65534
CHECK = (
    "import subprocess, sys, orjson, pytest, xdist, kubewheel.testing.blocking; "
    "sys.exit(subprocess.run([sys.executable, '-c', '']).returncode)"
)
TESTS = """
import os
from pathlib import Path

import pytest


@pytest.mark.kubewheel(nodes=1)
@pytest.mark.parametrize("number", range(6))
def test_isolated(kubewheel, number):
    assert os.geteuid() != 0
    assert not os.access(Path.home(), os.W_OK)
    kubewheel.kubectl("create", "deployment", "web", "--image=web", "--replicas=2")
    kubewheel.settle()
    assert kubewheel.get("Deployment", "web")["status"]["readyReplicas"] == 2


@pytest.mark.kubewheel(containers=True)
def test_containers(kubewheel):
    raise AssertionError("must be skipped")
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may read; pytest's own are private."""
    found = Path(tempfile.mkdtemp(prefix="kubewheel-user-"))
    found.chmod(0o755)
    (found / "test_user.py").write_text(TESTS)
    (found / "home").mkdir(mode=0o555)
    yield found
    shutil.rmtree(found)


def prefix() -> list[str]:
    """Return what makes a command run as nobody, where we are root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def interpreter(environment: dict[str, str]) -> str:
    """Return a Python with our packages that an ordinary user may run: root's own may lie in root's home."""
    usual = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin")
    for candidate in filter(None, (sys.executable, usual)):
        command = [*prefix(), candidate, "-c", CHECK]
        if subprocess.run(command, env=environment, cwd="/", capture_output=True).returncode == 0:
            return candidate
    pytest.skip("no Python with our packages may be run by an ordinary user here")


@pytest.mark.slow
def test_without_root_and_home_in_parallel(folder):
    paths = [str(ROOT / "src"), *(each for each in sys.path if each.endswith("site-packages"))]
    environment = {
        "HOME": str(folder / "home"), "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": ":".join(paths), "PYTHONDONTWRITEBYTECODE": "1",
    }
    options = ("-q", "-rs", "-n", "2", "-p", "no:cacheprovider")
    command = [interpreter(environment), "-m", "pytest", *options, "test_user.py"]
    done = subprocess.run(
        [*prefix(), *command], env=environment, cwd=folder, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed, 1 skipped" in done.stdout
    assert "containers cannot run here: not root" in done.stdout
