"""DefaultIngressClass: ingresses that name no class get the default one."""

from typing import TYPE_CHECKING

from kubewheel.apiserver import default_classes
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

CLASSES = "ingressclasses.networking.k8s.io"
MARKS = ("ingressclass.kubernetes.io/is-default-class",)
NAMED_BY = "kubernetes.io/ingress.class"


async def admit(matter: Matter, backend: "Backend") -> None:
    """Name the default class."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    if spec.get("ingressClassName") is not None or NAMED_BY in (matter.content["metadata"].get("annotations") or {}):
        return
    name = default_classes.newest(backend, CLASSES, MARKS)
    if name is not None:
        spec["ingressClassName"] = name


PLUGIN = Plugin(
    "DefaultIngressClass", Stage.MUTATE, 110, frozenset({Operations.CREATE}), admit,
    frozenset({"ingresses.networking.k8s.io"}),
)
