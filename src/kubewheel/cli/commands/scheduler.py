"""run the scheduler alone, against any API server"""

import argparse

from kubewheel.cli import alone
from kubewheel.cli.control import Components


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `scheduler`."""
    alone.add_arguments(parser)


def run(options: argparse.Namespace, components: Components) -> int:
    """Run it until a signal ends it."""
    components.run("scheduler", vars(options))
    return 0
