"""Clusters and kubectl, as a user has them."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.e2e.support.waiting import eventually

BIN = Path(sys.executable).parent
KUBECTL = BIN / "kubectl"
KUBEWHEEL = BIN / "kubewheel"
# Of the tests' own environment a user has none of these: byte code is kept between starts.
HIDDEN = ("KUBECONFIG", "KUBECACHEDIR", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Cluster:
    """A cluster in `data_dir` with a home of its own; `flags` keep it apart from others on the machine."""

    data_dir: Path
    home: Path
    flags: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    namespace: str = "default"

    def within(self, namespace: str) -> "Cluster":
        """Return the same cluster with another namespace for kubectl."""
        return replace(self, namespace=namespace)

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        return {**inherited, "HOME": str(self.home), "PATH": f"{BIN}:{os.environ['PATH']}", **self.environment}

    def kubewheel(self, *words: str, check: bool = True, timeout: float = 120) -> Done:
        """Run a `kubewheel` command on this cluster."""
        command = [str(KUBEWHEEL), words[0], "--data-dir", str(self.data_dir), *words[1:]]
        return run(command, self.env, check=check, timeout=timeout)

    def up(self) -> Done:
        """Start or resume it."""
        return self.kubewheel("up", *self.flags)

    def down(self, *, wipe: bool = False) -> Done:
        """Stop it."""
        return self.kubewheel("down", *(("--wipe",) if wipe else ()))

    def kubectl(self, *words: str, stdin: str | None = None, check: bool = True, timeout: float = 90) -> Done:
        """Run the real kubectl with the context that `up` wrote."""
        return run(self.kubectl_command(*words), self.env, stdin=stdin, check=check, timeout=timeout)

    def kubectl_command(self, *words: str) -> list[str]:
        """Return the command line of the real kubectl."""
        return [str(KUBECTL), "--namespace", self.namespace, *words]

    def get(self, *words: str) -> dict[str, Any]:
        """Return what `kubectl get ... -o json` prints."""
        found: dict[str, Any] = json.loads(self.kubectl("get", *words, "-o", "json").out)
        return found

    def apply(self, manifest: str, *words: str, check: bool = True) -> Done:
        """Apply `manifest`."""
        return self.kubectl("apply", "-f", "-", *words, stdin=manifest, check=check)

    def process(self) -> int:
        """Return the id of the cluster's process."""
        return int((self.data_dir / "kubewheel.pid").read_text())

    def wait_running(self, pod: str, seconds: float = 60) -> dict[str, Any]:
        """Return the pod once it is Running and Ready."""
        self.kubectl("wait", "--for=condition=Ready", f"pod/{pod}", f"--timeout={seconds}s", timeout=seconds + 10)
        return self.get("pod", pod)

    def names(self, *words: str) -> list[str]:
        """Return the names that `kubectl get` prints for `words`."""
        return [line.rpartition("/")[2] for line in self.kubectl("get", *words, "-o", "name").out.split()]

    def wait_gone(self, *words: str, seconds: float = 60) -> None:
        """Return once `kubectl get` finds nothing of `words`."""
        eventually(lambda: not self.kubectl("get", *words, "-o", "name", check=False).out, f"{words} stays", seconds)


def run(
    command: list[str], env: dict[str, str], *, stdin: str | None = None, check: bool = True, timeout: float = 90
) -> Done:
    """Run a command; with `check`, a failure shows everything that it printed."""
    done = subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return Done(done.returncode, done.stdout, done.stderr)
