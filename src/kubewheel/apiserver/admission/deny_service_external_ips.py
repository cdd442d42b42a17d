"""DenyServiceExternalIPs: nobody may claim addresses for a Service that nobody has given it."""

from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend


async def admit(matter: Matter, _: "Backend") -> None:
    """Refuse external addresses that the Service did not have before."""
    if matter.subresource or matter.content is None:
        return
    wanted = (matter.content.get("spec") or {}).get("externalIPs") or ()
    known = ((matter.old or {}).get("spec") or {}).get("externalIPs") or ()
    if not set(wanted) <= set(known):
        raise matter.forbidden("Use of external IPs is denied by admission control")


PLUGIN = Plugin(
    "DenyServiceExternalIPs", Stage.VALIDATE, 112, WRITES, admit, frozenset({"services"}), enabled=False
)
