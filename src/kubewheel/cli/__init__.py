"""The command line: what the user types, what the user sees.

In: arguments.  Out: calls of `ClusterControl`, text, an exit code. One file per command in `commands/`.
"""

from kubewheel.cli.control import ClusterControl, Components, ControlError
from kubewheel.cli.main import main

__all__ = ["ClusterControl", "Components", "ControlError", "main"]
