"""What is going on in the queues, as upstream's /debug/api_priority_and_fairness/* print it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from kubewheel.api.resources import group_version
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.fairness.configuration import Configuration
from kubewheel.apiserver.fairness.queues import Level, Waiter
from kubewheel.libs.clock import rfc3339_micro

NONE = "<none>"
Row = Sequence[object]
LEVEL_HEAD = ("PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests")
QUEUE_HEAD = (
    "PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR",
    "InitialSeatsSum", "MaxSeatsSum", "TotalWorkSum",
)
REQUEST_HEAD = (
    "PriorityLevelName", "FlowSchemaName", "QueueIndex", "RequestIndexInQueue", "FlowDistingsher", "ArriveTime",
    "InitialSeats", "FinalSeats", "AdditionalLatency",
)
DETAILS_HEAD = ("UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource")


def priority_levels(configuration: Configuration, *, details: bool) -> Iterator[Row]:
    """Yield a row for each level."""
    yield LEVEL_HEAD
    for level in configuration.all_levels():
        if level.is_exempt:
            yield (level.name, *[NONE] * 5)
            continue
        active = sum(1 for queue in level.queues.values() if queue.waiters)
        idle = not level.executing and not level.waiting
        yield level.name, active, _bool(idle), _bool(level.is_quiescing), level.waiting, level.executing


def queues(configuration: Configuration, *, details: bool) -> Iterator[Row]:
    """Yield a row for each queue."""
    yield QUEUE_HEAD
    for level in configuration.all_levels():
        if level.is_exempt:
            yield (level.name, *[NONE] * 8)
            continue
        for index in range(level.queue_count):
            queue = level.queues.get(index)
            if queue is None:
                yield level.name, index, 0, 0, 0, "0.00000000ss", 0, 0, "0.00000000ss"
                continue
            yield (level.name, index, len(queue.waiters), queue.executing, queue.seats, f"{queue.start:.8f}ss",
                   queue.wanted, queue.wanted, f"{queue.wanted * 0.003:.8f}ss")


def requests(configuration: Configuration, *, details: bool) -> Iterator[Row]:
    """Yield a row for each request that waits."""
    yield (*REQUEST_HEAD, *DETAILS_HEAD) if details else REQUEST_HEAD
    for level in configuration.all_levels():
        for queue in sorted(level.queues.values(), key=lambda each: each.index):
            for place, waiter in enumerate(queue.waiters):
                yield _request(level, queue.index, place, waiter, details=details)


def _request(level: Level, index: int, place: int, waiter: Waiter, *, details: bool) -> Row:
    row = (level.name, waiter.schema.name, index, place, waiter.distinguisher, rfc3339_micro(waiter.arrived),
           waiter.seats, 0, "0s")
    exchange = waiter.about
    if not details or not isinstance(exchange, Exchange):
        return row
    info = exchange.info
    version = group_version(info.group, info.version)
    return (*row, exchange.identity.name, info.verb, info.path, info.namespace, info.name, version, info.resource,
            info.subresource)


def _bool(value: bool) -> str:
    return "true" if value else "false"


Dump = Callable[..., Iterator[Row]]
DUMPS: Mapping[str, Dump] = {
    "dump_priority_levels": priority_levels, "dump_queues": queues, "dump_requests": requests,
}


def text(rows: Iterator[Row]) -> str:
    """Return rows as text: cells end with a comma and are padded, so that people and programs can read them."""
    shown = [[str(cell) for cell in row] for row in rows]
    widths: list[int] = []
    for row in shown:
        for place, cell in enumerate(row[:-1]):
            if place == len(widths):
                widths.append(8)
            widths[place] = max(widths[place], len(cell) + 2)
    return "".join(
        "".join(f"{cell},".ljust(width) for cell, width in zip(row[:-1], widths, strict=False)) + row[-1] + "\n"
        for row in shown
    )
