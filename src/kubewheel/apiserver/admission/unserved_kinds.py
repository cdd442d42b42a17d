"""UnservedKinds: warns whoever creates an object that is stored and checked, but that nothing acts on.

What is accepted must not be ignored in silence. SCOPE.md has the same list; a row goes when its controller comes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

MISSING: Mapping[str, str] = {
    "networkpolicies.networking.k8s.io": "no traffic is filtered by it",
    "ingresses.networking.k8s.io": "no ingress controller serves it",
    "persistentvolumeclaims": "volumes are bound when a pod is scheduled, and only to volumes that exist",
    "resourceclaims.resource.k8s.io": "no device driver allocates it",
    "resourceclaimtemplates.resource.k8s.io": "no device driver allocates it",
    "volumeattachments.storage.k8s.io": "no volume driver attaches it",
}


async def admit(matter: Matter, _: "Backend") -> None:
    """Warn of what will not happen."""
    if matter.subresource or matter.content is None:
        return
    key = matter.resource.storage_key
    if key == "services":
        if (matter.content.get("spec") or {}).get("type") == "LoadBalancer":
            matter.warn("spec.type: LoadBalancer gets no external address, because there is no load balancer; "
                        "the service is reached at its cluster address and node ports")
        return
    matter.warn(f"{key} is stored, but {MISSING[key]} in this release")


PLUGIN = Plugin(
    "UnservedKinds", Stage.VALIDATE, 90, frozenset({Operations.CREATE}), admit, frozenset({*MISSING, "services"}),
    is_internal=True,
)
