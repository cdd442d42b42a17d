"""LimitRanger: containers, pods and claims ask for what the LimitRanges of their namespace allow.

Containers that leave something open get the defaults first.
https://kubernetes.io/docs/concepts/policy/limit-range/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kubewheel.api import pods, qos, quantity
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

RANGES = "limitranges"
ANNOTATION = "kubernetes.io/limit-ranger"
PREFIX = "LimitRanger plugin set: "
CONTAINERS = (("containers", "container"), ("initContainers", "init container"))
LIMITED = frozenset({"pods", "persistentvolumeclaims"})


async def set_defaults(matter: Matter, backend: "Backend") -> None:
    """Give the containers of a new pod what they leave open."""
    pod = matter.content
    if matter.subresource or pod is None:
        return
    ranges = _ranges(matter, backend)
    if not ranges:
        return
    spec = pod.setdefault("spec", {})
    notes: list[str] = []
    for found in ranges:
        notes += _complete(spec, found)
    if notes:
        annotations = pod["metadata"].get("annotations") or {}
        pod["metadata"]["annotations"] = {**annotations, ANNOTATION: PREFIX + "; ".join(notes)}
        pod.setdefault("status", {})["qosClass"] = str(qos.compute(spec))


async def check(matter: Matter, backend: "Backend") -> None:
    """Refuse what lies outside of the bounds."""
    if not _is_checked(matter) or matter.content is None:
        return
    judge = _judge_pod if matter.resource.storage_key == "pods" else _judge_claim
    for found in _ranges(matter, backend):
        faults = list(dict.fromkeys(judge(matter.content, (found.get("spec") or {}).get("limits") or ())))
        if faults:
            raise matter.forbidden(faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]")


def _is_checked(matter: Matter) -> bool:
    if matter.operation is Operations.CREATE:
        return not matter.subresource
    if matter.old is not None and matter.old["metadata"].get("deletionTimestamp"):
        return False
    # The needs of a pod change by resizing only.
    return matter.subresource == ("resize" if matter.resource.storage_key == "pods" else "")


def _ranges(matter: Matter, backend: "Backend") -> Sequence[Object]:
    return [entry.object for entry in backend.store.list(RANGES, matter.namespace).entries]


def _complete(spec: dict[str, Any], limit_range: Object) -> list[str]:
    """Set the defaults of one LimitRange; return what was set where."""
    defaults: dict[str, dict[str, str]] = {"limits": {}, "requests": {}}
    for item in (limit_range.get("spec") or {}).get("limits") or ():
        if item.get("type") == "Container":
            defaults["requests"] |= item.get("defaultRequest") or {}
            defaults["limits"] |= item.get("default") or {}
    notes: list[str] = []
    for field, noun in CONTAINERS:
        for container in spec.get(field) or ():
            for side, word in (("requests", "request"), ("limits", "limit")):
                if added := _fill(container, side, defaults[side]):
                    notes.append(f"{', '.join(sorted(added))} {word} for {noun} {container.get('name', '')}")
    return notes


def _fill(container: dict[str, Any], side: str, defaults: Mapping[str, str]) -> list[str]:
    needs = container.get("resources") or {}
    given = needs.get(side) or {}
    added = [name for name in defaults if name not in given]
    if added:
        container["resources"] = {**needs, side: {**defaults, **given}}
    return added


class _Needs(NamedTuple):
    """What a container, pod or claim asks for. Claims have no limits, only requests."""

    requests: pods.Amounts
    limits: pods.Amounts


def _judge_pod(pod: Object, items: Iterable[Object]) -> Iterator[str]:
    spec = pod.get("spec") or {}
    for item in items:
        if item.get("type") == "Container":
            for field, _ in CONTAINERS:
                for container in spec.get(field) or ():
                    yield from _judge(item, _needs_of(container))
        elif item.get("type") == "Pod":
            yield from _judge(item, _Needs(_whole(spec, "requests"), _whole(spec, "limits")))


def _whole(spec: Object, side: str) -> pods.Amounts:
    """Return the sums over a pod, of what all of its containers or the pod itself state: other sums say nothing."""
    total = pods.requests(spec) if side == "requests" else pods.limits(spec)
    own = (spec.get("resources") or {}).get(side) or {}
    stated = [(each.get("resources") or {}).get(side) or {} for each in spec.get("containers") or ()]
    return {name: total[name] for name in total if name in own or all(name in each for each in stated)}


def _needs_of(part: Object) -> _Needs:
    resources = part.get("resources") or {}
    requests, limits = (
        {name: quantity.parse(value) for name, value in (resources.get(side) or {}).items()}
        for side in ("requests", "limits")
    )
    return _Needs(requests, limits)


def _judge_claim(claim: Object, items: Iterable[Object]) -> Iterator[str]:
    requests = _needs_of(claim.get("spec") or {}).requests
    for item in items:
        if item.get("type") != "PersistentVolumeClaim":
            continue
        for name, bound in _bounds(item, "min"):
            yield from _below(item["type"], name, bound, _Needs(requests, {}))
        for name, bound in _bounds(item, "max"):
            about = f"maximum {name} usage per {item['type']} is {bound}"
            if name not in requests:
                yield f"{about}.  No request is specified"
            elif requests[name] > bound:
                yield f"{about}, but request is {requests[name]}"


def _bounds(item: Object, field: str) -> Iterator[tuple[str, quantity.Quantity]]:
    for name, value in sorted((item.get(field) or {}).items()):
        yield name, quantity.parse(value)


def _judge(item: Object, needs: _Needs) -> Iterator[str]:
    kind = item["type"]
    for name, bound in _bounds(item, "min"):
        yield from _below(kind, name, bound, needs)
    for name, bound in _bounds(item, "max"):
        yield from _above(kind, name, bound, needs)
    for name, bound in _bounds(item, "maxLimitRequestRatio"):
        yield from _disproportion(kind, name, bound, needs)


def _below(kind: str, name: str, bound: quantity.Quantity, needs: _Needs) -> Iterator[str]:
    about = f"minimum {name} usage per {kind} is {bound}"
    request, limit = needs.requests.get(name), needs.limits.get(name)
    if request is None:
        yield f"{about}.  No request is specified"
    elif request < bound:
        yield f"{about}, but request is {request}"
    elif limit is not None and limit < bound:
        yield f"{about}, but limit is {limit}"


def _above(kind: str, name: str, bound: quantity.Quantity, needs: _Needs) -> Iterator[str]:
    about = f"maximum {name} usage per {kind} is {bound}"
    request, limit = needs.requests.get(name), needs.limits.get(name)
    if limit is None:
        yield f"{about}.  No limit is specified"
    elif limit > bound:
        yield f"{about}, but limit is {limit}"
    elif request is not None and request > bound:
        yield f"{about}, but request is {request}"


def _disproportion(kind: str, name: str, bound: quantity.Quantity, needs: _Needs) -> Iterator[str]:
    about = f"{name} max limit to request ratio per {kind} is {bound}"
    request, limit = (side.get(name, quantity.ZERO).nanos for side in (needs.requests, needs.limits))
    if not request:
        yield f"{about}, but no request is specified or request is 0"
    elif not limit:
        yield f"{about}, but no limit is specified or limit is 0"
    elif limit * quantity.NANO > bound.nanos * request:
        yield f"{about}, but provided ratio is {limit / request:f}"


PLUGINS = (
    Plugin("LimitRanger", Stage.MUTATE, 20, frozenset({Operations.CREATE}), set_defaults, frozenset({"pods"})),
    Plugin("LimitRanger", Stage.VALIDATE, 20, WRITES, check, LIMITED),
)
