"""ephemeral: a claim that lives as long as the pod, named after pod and volume."""

from dataclasses import replace

from kubewheel.kubelet import pods
from kubewheel.kubelet.volumes import persistent_volume_claim
from kubewheel.kubelet.volumes.kinds import Mounted, Order


async def set_up(order: Order) -> Mounted:
    """Set up the claim that a controller made for the volume."""
    source = {"claimName": f"{pods.name(order.pod)}-{order.name}"}
    return await persistent_volume_claim.set_up(replace(order, source=source))
