"""AlwaysAdmit: changes and refuses nothing; here because old lists of plugins name it."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(_: Matter, __: "Backend") -> None:
    """Let it pass."""


PLUGIN = Plugin("AlwaysAdmit", Stage.MUTATE, 1, WRITES, admit, enabled=False)
