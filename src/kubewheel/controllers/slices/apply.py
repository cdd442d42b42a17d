"""Carries out a plan of slices."""

from kubewheel.api.endpoint_slices import SERVICE_NAME as SERVICE_NAME
from kubewheel.api.errors import StatusError
from kubewheel.controllers.slices.plan import SlicePlan
from kubewheel.reconcile import World, objects

KIND = "EndpointSlice.discovery.k8s.io"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
HEADLESS = "service.kubernetes.io/headless"


async def apply(world: World, plan: SlicePlan) -> None:
    """Create and update first, delete last: an endpoint that moves is never missing."""
    for new in plan.create:
        try:
            await world.create(new)
        except StatusError as error:
            if not objects.is_namespace_terminating(error):
                raise
            return
    for changed in plan.update:
        await world.update(changed)
    for gone in plan.delete:
        await world.delete(gone)
