"""The entry point: finds the command, hands it the cluster, turns errors into messages."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import kubewheel
from kubewheel.cli.commands import (
    bench,
    certs,
    controllers,
    doctor,
    down,
    kubeconfig,
    kubectl,
    node,
    proxy,
    scheduler,
    snapshot,
    status,
    up,
)
from kubewheel.cli.control import ClusterControl, Components, ControlError

COMMANDS = (up, down, status, kubeconfig, kubectl, certs, snapshot, doctor)
ALONE = (controllers, scheduler, proxy, node)
PASSING = ("kubectl", "bench")  # Commands whose words belong to another program.
DEFAULT_DATA_DIR = "~/.kubewheel"


def main(
    connect: Callable[[Path], ClusterControl], components: Callable[[], Components],
    arguments: Sequence[str] | None = None,
) -> int:
    """Carry out the command in `arguments` (those of the process by default) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(_shielded(words))
    try:
        code: int
        if options.run is bench.run:
            code = bench.run(options)
        elif options.is_alone:
            code = options.run(options, components())
        else:
            code = options.run(options, connect(Path(options.data_dir).expanduser().absolute()))
    except ControlError as error:
        print(f"kubewheel: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _shielded(words: list[str]) -> list[str]:
    """Return `words` with everything that belongs to another program kept from our own parser."""
    if not words or words[0] not in PASSING:
        return words
    own = 3 if words[:2] == ["kubectl", "--data-dir"] else 1
    return [*words[:own], "--", *words[own:]]


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="kubewheel", description="Kubernetes in a Python wheel.")
    top.add_argument("--version", action="version", version=_version())
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = _add(commands, command)
        one.add_argument(
            "--data-dir", default=DEFAULT_DATA_DIR, metavar="D", help="where the cluster lives (default: %(default)s)"
        )
        one.set_defaults(is_alone=False)
    _add(commands, bench)
    for command in ALONE:
        _add(commands, command).set_defaults(is_alone=True)
    return top


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", command: ModuleType
) -> argparse.ArgumentParser:
    summary = (command.__doc__ or "").strip().splitlines()[0]
    one = commands.add_parser(command.__name__.rsplit(".", 1)[1], help=summary, description=summary)
    command.add_arguments(one)
    one.set_defaults(run=command.run)
    return one


def _version() -> str:
    return f"kubewheel {kubewheel.__version__} (Kubernetes {kubewheel.KUBERNETES_VERSION})"
