"""save the cluster's state to a file, or begin with a saved one"""

import argparse
from pathlib import Path

from kubewheel.cli.control import ClusterControl


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `snapshot`."""
    parser.add_argument("action", choices=("save", "load"), help="to or from FILE")
    parser.add_argument("file", metavar="FILE", help="private: it holds every Secret as it is")
    parser.add_argument(
        "--runtime", choices=("containerd", "simulated"), help="load: of a new cluster (default: as it was saved)"
    )
    parser.add_argument("--replace", action="store_true", help="load: forget the state that the cluster has")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Save or load, and say what."""
    path = Path(options.file).expanduser()
    if options.action == "save":
        found = cluster.save_snapshot(path)
        print(f"Saved {found['objects']} objects as of revision {found['revision']} to {path}.")
    else:
        given = {"runtime": options.runtime} if options.runtime else {}
        found = cluster.load_snapshot(path, given, is_replaced=options.replace)
        print(f"Loaded {found['objects']} objects as of revision {found['revision']}. `kubewheel up` starts with them.")
    return 0
