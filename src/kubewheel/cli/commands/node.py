"""run the node agent alone: make this machine a node of any cluster"""

import argparse

from kubewheel.cli import alone
from kubewheel.cli.control import Components


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `node`, by upstream's names."""
    alone.add_arguments(parser, has_state=True)
    add = parser.add_argument
    add("--config", required=True, metavar="FILE", help="a KubeletConfiguration")
    add("--node-ip", default="", metavar="IP", help="of the node (default: that of the way out)")
    add("--node-labels", default="", metavar="A=B,...", help="labels that the node gets when it registers")


def run(options: argparse.Namespace, components: Components) -> int:
    """Run it until a signal ends it; its containers go on."""
    components.run("node", vars(options))
    return 0
