"""The reconcile of a PodDisruptionBudget: count, compare, report."""

from collections.abc import Iterable, Sequence

from kubewheel.api import selectors
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.disruption import plan
from kubewheel.controllers.disruption.sizes import CACHED, Sizes, Unknown
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Later, Maps, Outcome, World, key_of, objects

KIND = "PodDisruptionBudget.policy"
NO_PODS, UNMANAGED, UNCOUNTED = "NoPods", "UnmanagedPods", "CalculateExpectedPodCountFailed"
NOT_DELETED = "NotDeleted"


def selector_of(budget: Object) -> LabelSelector:
    """Return which pods a budget is about."""
    return selectors.from_object((budget.get("spec") or {}).get("selector"))


async def reconcile(key: Key, world: World) -> Outcome:
    """Report how many pods of one budget may be disrupted."""
    budget = world.get(KIND, key)
    if budget is None or objects.is_deleting(budget):
        return Done()
    selector = selector_of(budget)
    pods = [pod for pod in world.list("Pod", key.namespace) if selector.matches(objects.labels(pod))]
    if not pods:
        world.event(budget, NORMAL, NO_PODS, "No matching pods found")
    try:
        expected = await _expect(world, budget, pods)
    except Unknown as error:
        text = f"Failed to calculate the number of expected pods: {error}"
        world.event(budget, WARNING, UNCOUNTED, text)
        await world.update_status(budget, plan.plan_failure(budget, str(error), world.clock.now()))
        return Done()
    return await _report(world, budget, pods, expected)


async def _expect(world: World, budget: Object, pods: Sequence[Object]) -> plan.Expectation:
    scale = 0
    if plan.needs_scale(budget):
        scale, unmanaged = await Sizes(world).total(pods)
        if unmanaged:
            text = (
                f"Pods selected by this PodDisruptionBudget (selector: {selector_of(budget)}) were found to be "
                "unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in "
                'undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to '
                "an integer value."
            )
            world.event(budget, WARNING, UNMANAGED, text)
    return plan.plan_expectation(budget, len(pods), scale)


async def _report(world: World, budget: Object, pods: Sequence[Object], expected: plan.Expectation) -> Outcome:
    now = world.clock.now()
    disrupted, spared = plan.still_disrupted(budget, pods, now)
    for pod in spared:
        place = f"{objects.namespace(budget)}/{objects.name(budget)}"
        world.event(pod, WARNING, NOT_DELETED, f"Pod was expected by PDB {place} to be deleted but it wasn't")
    healthy = plan.count_healthy(pods, disrupted)
    await world.update_status(budget, plan.plan_status(budget, expected, healthy, disrupted, now))
    wait = plan.seconds_to_recheck(disrupted, now)
    return Done() if wait is None else Later(wait)


def _of_pod(world: World, change: Change) -> Iterable[Key]:
    looks = [objects.labels(pod) for pod in (change.new, change.old) if pod is not None]
    return [
        key_of(budget) for budget in world.list(KIND, objects.namespace(change.object))
        if any(selector_of(budget).matches(labels) for labels in looks)
    ]


CONTROLLER = Controller(
    name="disruption-controller", watches=KIND, reconcile=reconcile, maps=(Maps("Pod", _of_pod),),
    indexes={kind: {} for kind in CACHED}, component="controllermanager",
)
