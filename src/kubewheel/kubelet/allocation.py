"""Allocation: what a pod's containers get. Pure.

Three states that follow each other: wanted (the spec), allocated (the node has accepted it), actual (the runtime was
told). A container is made with what is allocated at that time and carries it as an annotation; what it was given later
is kept by its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from kubewheel.api import quantity
from kubewheel.kubelet import labels, pods, resources
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.runtime import ContainerState, ContainerStatus
from kubewheel.libs.cgroups import Limits
from kubewheel.libs.wire import Object

Needs = Mapping[str, Any]  # a container's `resources`
SIDES, COMPUTE = ("requests", "limits"), ("cpu", "memory")
LISTS = ("initContainers", "containers")
DEFERRED, INFEASIBLE, ERROR = "Deferred", "Infeasible", "Error"


@dataclass(frozen=True, slots=True)
class Pending:
    """Why a resize is not accepted: there is no room by now, or never can be."""

    reason: str
    message: str


@dataclass(slots=True)
class Allocation:
    """What one pod's containers get, by name; `settled` is what the pod's own group was last limited for."""

    needs: dict[str, Needs]
    settled: dict[str, Needs]
    generation: int = 0  # of the spec that was accepted last
    given: dict[str, Needs] = field(default_factory=dict)  # after they were made, by container id
    pending: Pending | None = None
    error: str = ""

    def actual(self, status: ContainerStatus) -> Needs:
        """Return what a container was told it may use."""
        found = status.container
        known = self.given.get(found.id)
        return known if known is not None else made_with(found.annotations, self.needs.get(found.name, {}))

    @property
    def is_original(self) -> bool:
        """Return whether the runtime's annotations say all that is known."""
        return not self.given and self.needs == self.settled


def made_with(annotations: Mapping[str, str], otherwise: Needs) -> Needs:
    """Return what a container was made with, as its annotations say."""
    text = annotations.get(labels.RESOURCES)
    found: Needs = orjson.loads(text) if text else otherwise
    return found


def wanted(pod: Object) -> dict[str, Needs]:
    """Return what the spec gives each container."""
    return {
        container["name"]: container.get("resources") or {}
        for container in [*pods.init_containers(pod), *pods.containers(pod)]
    }


def begin(pod: Object, observed: Observed) -> Allocation:
    """Return the allocation of a pod of which nothing is remembered: from its containers, or else from its spec."""
    needs = wanted(pod)
    for name, otherwise in needs.items():
        latest = observed.latest(name)
        if latest is not None:
            needs[name] = made_with(latest.container.annotations, otherwise)
    return Allocation(needs, dict(needs), int(pod["metadata"].get("generation") or 0))


def applied(pod: Object, needs: Mapping[str, Needs]) -> Object:
    """Return the pod with other resources."""
    if all(same(needs.get(name, each), each) for name, each in wanted(pod).items()):
        return pod
    spec = dict(pods.spec(pod))
    for kind in LISTS:
        if spec.get(kind):
            spec[kind] = [{**each, "resources": needs.get(each["name"], each.get("resources"))} for each in spec[kind]]
    return {**pod, "spec": spec}


def changed(one: Needs, other: Needs) -> set[str]:
    """Return which of CPU and memory differ."""
    return {
        name for side in SIDES for name in COMPUTE
        if _amount(one, side, name) != _amount(other, side, name)
    }


def _amount(needs: Needs, side: str, name: str) -> quantity.Quantity | None:
    found = (needs.get(side) or {}).get(name)
    return None if found is None else quantity.parse(found)


def same(one: Needs, other: Needs) -> bool:
    """Return whether two containers get the same CPU and memory, however it is written."""
    return one == other or not changed(one, other)


def all_same(one: Mapping[str, Needs], other: Mapping[str, Needs]) -> bool:
    """Return whether all containers get the same."""
    return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)


def held(pod: Object, allocation: Allocation) -> Object:
    """Return the pod with all that it may be using: while it shrinks, what it had is not free yet."""
    both = {
        name: {**needs, "requests": _greater(needs.get("requests") or {}, _before(allocation, name))}
        for name, needs in allocation.needs.items()
    }
    return applied(pod, both)


def _before(allocation: Allocation, name: str) -> Mapping[str, Any]:
    return allocation.settled.get(name, {}).get("requests") or {}


def _greater(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(one)
    for name, value in other.items():
        if name not in result or quantity.parse(value) > quantity.parse(result[name]):
            result[name] = value
    return result


@dataclass(frozen=True, slots=True)
class Change:
    """One running container that is to get other resources."""

    status: ContainerStatus
    container: pods.ContainerSpec  # with what it is to get
    before: Needs

    @property
    def needs(self) -> Needs:
        """Return what it is to get."""
        found: Needs = self.container.get("resources") or {}
        return found

    @property
    def restarts(self) -> bool:
        """Return whether the container's author wants it started anew for this."""
        differing = changed(self.before, self.needs)
        return any(
            policy.get("resourceName") in differing and policy.get("restartPolicy") == "RestartContainer"
            for policy in self.container.get("resizePolicy") or ()
        )

    @property
    def memory_shrinks_to(self) -> int:
        """Return the new memory limit if it is a tighter one, else 0."""
        old = resources.amounts({"resources": self.before}, "limits").get("memory", 0)
        new = resources.amounts({"resources": self.needs}, "limits").get("memory", 0)
        return new if new and (not old or new < old) else 0

    @property
    def shrinks(self) -> bool:
        """Return whether a limit gets tighter."""
        old, new = (resources.amounts({"resources": each}, "limits") for each in (self.before, self.needs))
        return any(new.get(name) and (not old.get(name) or new[name] < old[name]) for name in COMPUTE)


def plan_changes(pod: Object, allocation: Allocation, observed: Observed) -> list[Change]:
    """Return the containers that do not have yet what is allocated to them; those that shrink come first.

    What the ones give up is there when the others take it.
    """
    found = []
    for container in [*pods.sidecars(pod), *pods.containers(pod)]:
        latest = observed.latest(container["name"])
        if latest is None or latest.container.state != ContainerState.RUNNING:
            continue
        change = Change(latest, container, allocation.actual(latest))
        if not same(change.before, change.needs):
            found.append(change)
    return sorted(found, key=lambda change: not change.shrinks)


def in_progress(pod: Object, allocation: Allocation, observed: Observed) -> bool:
    """Return whether something that was accepted is not in effect yet."""
    return not all_same(allocation.needs, allocation.settled) or bool(
        plan_changes(applied(pod, allocation.needs), allocation, observed)
    )


def widest(*listed: Limits) -> Limits:
    """Return limits within which a pod may be on its way from one of `listed` to another. None is no limit."""
    return Limits(
        cpu_shares=max((each.cpu_shares or 0 for each in listed), default=0),
        cpu_quota=_loosest([each.cpu_quota for each in listed]),
        memory_bytes=_loosest([each.memory_bytes for each in listed]),
    )


def _loosest(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return max(known) if len(known) == len(values) and known else None


def to_json(allocation: Allocation) -> bytes:
    """Return what must outlive the agent."""
    return orjson.dumps({
        "needs": allocation.needs, "settled": allocation.settled, "generation": allocation.generation,
        "given": allocation.given,
    })


def from_json(content: bytes) -> Allocation:
    """Return what an agent before this one wrote; raise ValueError."""
    read = orjson.loads(content)
    try:
        return Allocation(dict(read["needs"]), dict(read["settled"]), int(read["generation"]), dict(read["given"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an allocation: {error}") from error
