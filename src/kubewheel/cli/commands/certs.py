"""list or renew the cluster's certificates"""

import argparse

from kubewheel.cli.control import ClusterControl


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `certs`."""
    parser.add_argument("action", choices=("list", "renew"), help="renew makes all but the authority anew")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Print one line a certificate."""
    rows = cluster.certificates(is_renewed=options.action == "renew")
    print(f"{'NAME':<26}{'SUBJECT':<36}{'DAYS LEFT':<11}NAMES")
    for row in rows:
        names = ", ".join(row["names"]) or "-"
        print(f"{row['name']:<26}{row['subject']:<36}{row['days']:<11}{names}")
    if options.action == "renew":
        print("Restart the cluster to use the new certificates: kubewheel down && kubewheel up")
    return 0
