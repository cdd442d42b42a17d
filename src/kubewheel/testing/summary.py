"""A page on the state of a cluster, for people who wonder why their test failed.

Reads what is stored, not the API: faults on purpose and a dead component must not keep it from telling.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kubewheel.libs.wire import Object
from kubewheel.testing.faults import Fault

if TYPE_CHECKING:
    from kubewheel.testing.running import Running

MOST = 20  # Lines of each kind.
QUIET = frozenset(("events", "leases.coordination.k8s.io"))
WIDTH = 160


def write(inside: "Running", now: datetime) -> str:
    """Return the page."""
    stored: dict[str, list[Object]] = {}
    for entry in inside.store.entries():
        if entry.revision > inside.begun_at:
            stored.setdefault(entry.key.resource, []).append(entry.object)
    return "\n".join(line[:WIDTH] for line in (
        f"time {now:%Y-%m-%dT%H:%M:%SZ}, revision {inside.store.revision}",
        *_work(inside), *_faults(inside.server.faults.active), *_objects(stored), *_pods(stored.get("pods", [])),
        *_events(stored.get("events", [])),
    ))


def _work(inside: "Running") -> Iterator[str]:
    busy = inside.parts.busy()
    if busy:
        yield f"still at work: {', '.join(f'{name}: {count}' for name, count in busy.items())}"
    for name, text in list(inside.parts.failing.items())[:MOST]:
        yield f"failing: {name}: {text}"


def _faults(active: Iterable[Fault]) -> Iterator[str]:
    for fault in active:
        told = (
            f"{each.name}={getattr(fault, each.name)!r}" for each in fields(fault)
            if each.repr and (each.default is MISSING or getattr(fault, each.name) != each.default)
        )
        yield f"fault in force: {', '.join(told)}"


def _objects(stored: dict[str, list[Object]]) -> Iterator[str]:
    counts = Counter({key: len(found) for key, found in stored.items() if key not in QUIET})
    told = ", ".join(f"{count} {key}" for key, count in sorted(counts.items()))
    yield f"written since the start: {told or 'nothing'}"


def _pods(pods: list[Object]) -> Iterator[str]:
    for pod in pods[:MOST]:
        yield f"  pod {_name(pod)}: {_state(pod)} on {pod['spec'].get('nodeName') or 'no node'}"
    if len(pods) > MOST:
        yield f"  and {len(pods) - MOST} more"


def _state(pod: Object) -> str:
    status = pod.get("status") or {}
    reasons = [str(status.get("phase", "Unknown"))]
    if pod["metadata"].get("deletionTimestamp"):
        reasons.append("Terminating")
    for told in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        reasons += _reasons(told)
    reasons += [
        f"{each['type']}: {each['reason']}: {each.get('message', '')}" for each in status.get("conditions") or ()
        if each["status"] == "False" and each.get("reason") in ("Unschedulable", "SchedulingGated")
    ]
    return ", ".join(reasons)


def _reasons(told: Object) -> Iterator[str]:
    state: Any = told.get("state") or {}
    if "waiting" in state:
        yield f"{told['name']} {state['waiting'].get('reason', 'waits')}"
    elif "terminated" in state:
        yield f"{told['name']} ended with {state['terminated'].get('exitCode')}"
    elif not told.get("ready"):
        yield f"{told['name']} is not ready"
    if told.get("restartCount"):
        yield f"{told['restartCount']} restarts"


def _events(events: list[Object]) -> Iterator[str]:
    warnings = [each for each in events if each.get("type") == "Warning"]
    for event in warnings[-MOST:]:
        about = event.get("involvedObject") or event.get("regarding") or {}
        told = f"{about.get('kind')} {about.get('namespace', '')}/{about.get('name')}"
        yield f"  warning: {told}: {event.get('reason')}: {event.get('message') or event.get('note') or ''}"


def _name(found: Object) -> str:
    return f"{found['metadata'].get('namespace', '')}/{found['metadata']['name']}"
