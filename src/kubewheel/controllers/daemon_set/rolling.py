"""RollingUpdate: which pods of an old template make room next. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from kubewheel.api import pods as pod_questions
from kubewheel.controllers.daemon_set.plan import Daemons, Step
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

T = TypeVar("T")


def plan_update(found: Daemons) -> Step:
    """Return the pods to delete, or with a surge the nodes where a new one starts beside the old one."""
    return _plan_surge(found) if found.max_surge else _plan_replacement(found)


def _on(found: Daemons, node: str) -> tuple[list[Object], list[Object]]:
    """Return the new and the old pods of a node that are neither ending nor ended."""
    live = [pod for pod in found.pods.get(node, ()) if pod_questions.is_active(pod)]
    return [pod for pod in live if found.is_updated(pod)], [pod for pod in live if not found.is_updated(pod)]


def _plan_replacement(found: Daemons) -> Step:
    unavailable, broken, healthy = 0, list[Object](), list[Object]()
    for node in found.wanted:
        news, olds = _on(found, node)
        if len(news) + len(olds) != 1:
            unavailable += 1  # In between: the one is going, the other not there yet.
        elif news:
            unavailable += not found.is_available(news[0])
        elif found.is_available(olds[0]):
            healthy.append(olds[0])
        else:
            broken.append(olds[0])
            unavailable += 1
    return Step(delete=[*broken, *_first(healthy, found.max_unavailable - unavailable)])


def _plan_surge(found: Daemons) -> Step:
    surging, broken, healthy = 0, list[str](), list[str]()
    for node in found.wanted:
        news, olds = _on(found, node)
        if any(objects.is_deleting(pod) for pod in found.pods.get(node, ())):
            surging += bool(news)
        elif news:
            surging += not found.is_available(news[0])
        elif olds:
            (healthy if found.is_available(olds[0]) else broken).append(node)
    return Step(create=[*broken, *_first(healthy, found.max_surge - surging)])


def _first(listed: Sequence[T], count: int) -> Sequence[T]:
    return listed[: max(0, count)]
