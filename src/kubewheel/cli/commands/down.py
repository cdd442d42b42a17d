"""stop a cluster, containers included"""

import argparse

from kubewheel.cli.control import ClusterControl


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `down`."""
    parser.add_argument("--wipe", action="store_true", help="also forget its state: objects, certificates, images")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Stop the cluster."""
    cluster.stop(lambda line: print(line, flush=True), is_wiped=options.wipe)
    return 0
