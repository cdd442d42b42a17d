"""what is wrong and how to mend it"""

import argparse

from kubewheel.cli.control import ClusterControl


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `doctor`: none."""


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Print each finding with its remedy; exit code 1 if there are any."""
    findings = cluster.findings()
    for finding in findings:
        print(f"- {finding}")
    if not findings:
        print("No fault found.")
    return 1 if findings else 0
