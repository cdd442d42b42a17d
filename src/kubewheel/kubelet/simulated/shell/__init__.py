"""A little shell that touches nothing: gives commands in simulated containers a plausible answer.

It knows quotes, variables, `;`, `&&`, `||`, `|`, `>&2`, `> /dev/null`, and the commands in COMMANDS. `run` is a
generator of actions, so that the same program can be played live (exec) or ahead of time (a container's own command).
"""

from kubewheel.kubelet.simulated.shell.actions import FOREVER, Output, Program, Read, Sleep, Unknown, World
from kubewheel.kubelet.simulated.shell.commands import COMMANDS
from kubewheel.kubelet.simulated.shell.language import SHELLS, run

__all__ = ["COMMANDS", "FOREVER", "SHELLS", "Output", "Program", "Read", "Sleep", "Unknown", "World", "run"]
