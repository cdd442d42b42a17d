"""print the administrator's kubeconfig"""

import argparse
import sys

from kubewheel.cli.control import ClusterControl, ControlError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `kubeconfig`."""
    parser.add_argument("--path", action="store_true", help="print where it lies instead")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Print the file, or its path."""
    if not cluster.kubeconfig.exists():
        raise ControlError(f"{cluster.kubeconfig} does not exist; `kubewheel up` writes it")
    if options.path:
        print(cluster.kubeconfig)
    else:
        sys.stdout.write(cluster.kubeconfig.read_text())
    return 0
