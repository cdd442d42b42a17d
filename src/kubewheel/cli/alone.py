"""Options that every component has that runs alone."""

import argparse

VERBOSITY = 2


def add_arguments(parser: argparse.ArgumentParser, *, has_state: bool = False) -> None:
    """Declare them; a component with state on this machine also says where, and how to remove it."""
    add = parser.add_argument
    add("--kubeconfig", default="", metavar="FILE", help="the API server, and who the component is there")
    add("-v", "--v", type=int, default=VERBOSITY, metavar="N", help="0-1: warnings; 2-3: news; 4: everything")
    if has_state:
        add("--data-dir", default="~/.kubewheel", metavar="D", help="where it keeps its things (default: %(default)s)")
        add("--cleanup", action="store_true", help="remove what an earlier run left on this machine, and end")
        add("--hostname-override", default="", metavar="NAME", help="of the node (default: that of the machine)")
