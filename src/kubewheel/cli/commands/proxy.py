"""run the service proxy alone, on any machine of a cluster"""

import argparse

from kubewheel.cli import alone
from kubewheel.cli.control import Components


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `proxy`, by upstream's names."""
    alone.add_arguments(parser, has_state=True)
    add = parser.add_argument
    add("--config", default="", metavar="FILE", help="a KubeProxyConfiguration")
    add("--cluster-cidr", default="", metavar="CIDR", help="addresses of pods")


def run(options: argparse.Namespace, components: Components) -> int:
    """Run it until a signal ends it; its rules stay."""
    components.run("proxy", vars(options))
    return 0
