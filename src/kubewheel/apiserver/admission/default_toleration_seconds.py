"""DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or does not answer."""

from typing import TYPE_CHECKING, Any

from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

SECONDS = 300
TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


async def admit(matter: Matter, backend: "Backend") -> None:
    """Add the tolerations that a pod does not state itself."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    tolerations = spec.get("tolerations") or []
    added = [_toleration(taint) for taint in TAINTS if not any(_covers(each, taint) for each in tolerations)]
    if added:
        spec["tolerations"] = [*tolerations, *added]


def _covers(toleration: dict[str, Any], taint: str) -> bool:
    return toleration.get("key") in (None, "", taint) and toleration.get("effect") in (None, "", "NoExecute")


def _toleration(taint: str) -> dict[str, Any]:
    return {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS}


PLUGIN = Plugin("DefaultTolerationSeconds", Stage.MUTATE, 70, WRITES, admit, frozenset({"pods"}))
