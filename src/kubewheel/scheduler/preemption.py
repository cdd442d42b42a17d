"""Preemption: which pods of lower priority to end so that a pod can run. Pure; ending them is `placing`'s work."""

import random as random_module
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubewheel.api import conditions, selectors
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.scheduler import cycle, diagnosis
from kubewheel.scheduler.diagnosis import Diagnosis
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Check
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.verdict import Verdict

NAME = "DefaultPreemption"
NEVER = "preemption: not eligible due to preemptionPolicy=Never."
WAITING = "preemption: not eligible due to a terminating pod on the nominated node."
NO_VICTIMS = Verdict(NAME, ("No preemption victims found for incoming pod",))
NO_HELP = Verdict(NAME, ("Preemption is not helpful for scheduling",))
PREEMPTED = "PreemptionByScheduler"
LEAST_CANDIDATES = 100
CANDIDATE_PERCENTAGE = 10


@dataclass(frozen=True, slots=True)
class Victims:
    """Pods to end on `node`, the most important first; `violations` counts disruption budgets that this breaks."""

    node: str
    pods: tuple[PodInfo, ...]
    violations: int = 0


@dataclass(frozen=True, slots=True)
class Helpless:
    """Preemption does not help; `message` says why. `keeps_nomination`: what was started before still goes on."""

    message: str
    keeps_nomination: bool = False


def plan_preemption(
    pod: PodInfo, found: Diagnosis, snapshot: Snapshot, random: random_module.Random
) -> Victims | Helpless:
    """Return whom to end so that `pod`, which fits nowhere for the reasons `found`, fits somewhere."""
    if pod.object["spec"].get("preemptionPolicy") == "Never":
        return Helpless(NEVER, keeps_nomination=True)
    if _is_waiting(pod, found, snapshot):
        return Helpless(WAITING, keeps_nomination=True)
    candidates, verdicts = _candidates(pod, found, snapshot, random)
    if candidates:
        return min(candidates, key=_cost)
    text = diagnosis.counted(found.nodes, verdicts.values(), NO_HELP, len(verdicts))
    return Helpless(f"preemption: {text}")


def _is_waiting(pod: PodInfo, found: Diagnosis, snapshot: Snapshot) -> bool:
    """Return whether victims of an earlier preemption are still ending on the nominated node."""
    node = snapshot.nodes.get(pod.nominated_node)
    if node is None:
        return False
    verdict = found.verdict_on(node.name)
    if verdict is not None and not verdict.resolvable:
        return False
    return any(other.priority < pod.priority and _is_ending(other) for other in node.pods.values())


def _is_ending(pod: PodInfo) -> bool:
    if not pod.is_terminating:
        return False
    found = conditions.find(pod.object, "DisruptionTarget")
    return found is not None and found.get("status") == "True" and found.get("reason") == PREEMPTED


def _candidates(
    pod: PodInfo, found: Diagnosis, snapshot: Snapshot, random: random_module.Random
) -> tuple[list[Victims], Mapping[str, Verdict]]:
    names = found.resolvable()
    if not snapshot.has_pods_below(pod.priority):
        return [], dict.fromkeys(names, NO_VICTIMS)
    verdicts: dict[str, Verdict] = {}
    candidates: list[Victims] = []
    checks = cycle.prepare(pod, snapshot)
    if not names or isinstance(checks, Verdict):
        return candidates, verdicts
    budgets = snapshot.objects.list("PodDisruptionBudget.policy")
    wanted = min(len(names), max(len(names) * CANDIDATE_PERCENTAGE // 100, LEAST_CANDIDATES))
    start = random.randrange(len(names))
    for name in (*names[start:], *names[:start]):
        outcome = victims_on(pod, snapshot.nodes[name], checks, budgets)
        if isinstance(outcome, Verdict):
            verdicts[name] = outcome
            continue
        candidates.append(outcome)
        # One that breaks no budget is worth stopping for; others only if nothing better turns up.
        if len(candidates) >= wanted and any(not each.violations for each in candidates):
            break
    return candidates, verdicts


def victims_on(
    pod: PodInfo, node: NodeInfo, checks: Sequence[Check], budgets: Sequence[Object]
) -> Victims | Verdict:
    """Return the least set of pods on `node` to end for `pod`, or why none is enough."""
    lower = [other for other in node.pods.values() if other.priority < pod.priority]
    if not lower:
        return NO_VICTIMS
    verdict = _without(pod, node, checks, lower)
    if verdict is not None:
        return verdict
    lower.sort(key=_importance)
    breaking, harmless = _by_budget(lower, budgets)
    victims = list(lower)
    violations = 0
    # The most important are spared first, those under a budget before all others.
    for other in (*breaking, *harmless):
        spared = [each for each in victims if each is not other]
        if _without(pod, node, checks, spared) is None:
            victims = spared
        elif other in breaking:
            violations += 1
    return Victims(node.name, tuple(victims), violations)


def _without(pod: PodInfo, node: NodeInfo, checks: Sequence[Check], gone: Sequence[PodInfo]) -> Verdict | None:
    return cycle.fit(pod, node.changed(remove=gone), [check.moved(node, gone, ()) for check in checks])


def _importance(pod: PodInfo) -> tuple[int, float]:
    return -pod.priority, _started(pod)


def _started(pod: PodInfo) -> float:
    text = (pod.object.get("status") or {}).get("startTime") or pod.object["metadata"].get("creationTimestamp")
    return parse_rfc3339(text) if text else float("inf")


def _by_budget(pods: Sequence[PodInfo], budgets: Sequence[Object]) -> tuple[list[PodInfo], list[PodInfo]]:
    """Split `pods` into those whose end breaks a disruption budget and the others."""
    left = [
        (budget, selectors.from_object(budget["spec"].get("selector")),
         [int((budget.get("status") or {}).get("disruptionsAllowed") or 0)])
        for budget in budgets
    ]
    breaking: list[PodInfo] = []
    harmless: list[PodInfo] = []
    for pod in pods:
        is_breaking = False
        for budget, selector, allowed in left:
            if budget["metadata"].get("namespace") != pod.namespace or selector.is_empty:
                continue
            if not pod.labels or not selector.matches(pod.labels):
                continue
            if pod.name in ((budget.get("status") or {}).get("disruptedPods") or {}):
                continue
            allowed[0] -= 1
            is_breaking = is_breaking or allowed[0] < 0
        (breaking if is_breaking else harmless).append(pod)
    return breaking, harmless


def _cost(victims: Victims) -> tuple[int, int, int, int, float]:
    """Order candidates: budgets broken, highest priority, sum of priorities, number, then who started last."""
    highest = max(pod.priority for pod in victims.pods)
    earliest = min(_started(pod) for pod in victims.pods if pod.priority == highest)
    # Shifted so that more pods never weigh less, whatever the sign of their priority.
    total = sum(pod.priority + 2**31 for pod in victims.pods)
    return victims.violations, highest, total, len(victims.pods), -earliest
