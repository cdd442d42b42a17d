"""measure how fast this machine runs a cluster"""

import argparse
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `bench`: everything behind it goes to the benchmarks."""
    parser.add_argument("arguments", nargs="*", help="rows and options; --help lists them")


def run(options: argparse.Namespace) -> int:
    """Become the benchmarks: a process of their own, so that nothing of this one is measured."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "kubewheel.bench", *options.arguments])  # noqa: S606 - no shell
