"""run the controllers alone, against any API server"""

import argparse

from kubewheel.cli import alone
from kubewheel.cli.control import Components


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `controllers`, by upstream's names."""
    alone.add_arguments(parser)
    add = parser.add_argument
    add("--controllers", default="*", metavar="LIST", help="which; -name leaves one out (default: *)")
    add("--cluster-cidr", default="", metavar="CIDR", help="addresses of pods; nodes get their parts of it")
    add("--root-ca-file", default="", metavar="FILE", help="published to pods (default: that of the kubeconfig)")
    add("--service-account-private-key-file", default="", metavar="FILE", help="signs long-lived tokens in Secrets")
    add("--cluster-signing-cert-file", default="", metavar="FILE", help="the authority that signs certificate requests")
    add("--cluster-signing-key-file", default="", metavar="FILE", help="its private key")
    add("--use-service-account-credentials", action=argparse.BooleanOptionalAction, default=True,
        help="each controller acts as a service account of its own")


def run(options: argparse.Namespace, components: Components) -> int:
    """Run them until a signal ends them."""
    components.run("controllers", vars(options))
    return 0
