"""AlwaysDeny: refuses every change, of everybody: for tests, and for a cluster that nobody may touch."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, _: "Backend") -> None:
    """Refuse."""
    raise matter.forbidden("admission control is denying all modifications")


PLUGIN = Plugin("AlwaysDeny", Stage.VALIDATE, 2000, frozenset(Operations), admit, enabled=False)
