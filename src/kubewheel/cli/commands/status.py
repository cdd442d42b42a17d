"""what runs, where, HA or not, datastore, add-ons; non-zero when not ready"""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from kubewheel.cli.control import ClusterControl


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `status`."""
    parser.add_argument("--wait-ready", action="store_true", help="wait until the cluster is ready")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="S", help="longest wait, in seconds")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(options: argparse.Namespace, cluster: ClusterControl) -> int:
    """Print the state; exit code 0 only when everything is ready."""
    state = cluster.status(options.timeout if options.wait_ready else 0.0)
    print(json.dumps(state, indent=2) if options.output == "json" else text(state))
    return 0 if state["ready"] else 1


def text(state: Mapping[str, Any]) -> str:
    """Return the state as the user reads it."""
    if not state["running"]:
        return f"kubewheel is not running (data directory {state['dataDir']})"
    lines = [
        f"kubewheel is running{'' if state['ready'] else ', not ready'}",
        f"  server             {state['server']}",
        f"  version            {state['version']}",
        f"  high-availability  {'yes' if state['highAvailability'] else 'no'} ({_count(len(state['nodes']), 'node')})",
        f"  datastore          {_datastore(state['datastore'])}",
        "  components",
    ]
    lines += [f"    {name:<18} {condition}" for name, condition in state["components"].items()]
    lines.append("  nodes")
    lines += [f"    {node['name']:<18} {node['status']}" for node in state["nodes"]]
    lines.append("  add-ons")
    lines += [f"    {name:<18} enabled" for name in state["addons"]] or ["    none"]
    return "\n".join(lines)


def _datastore(store: Mapping[str, Any]) -> str:
    masters = store["masters"]
    return f"{store['kind']}: master{'s' if len(masters) > 1 else ''} {', '.join(masters)}, stand-by none"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
