"""Settings of the scheduler, by upstream's names where it has them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

DEFAULT_SCHEDULER = "default-scheduler"


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    """What the scheduler may be told. Times are in seconds."""

    scheduler_names: AbstractSet[str] = frozenset((DEFAULT_SCHEDULER,))
    percentage_of_nodes_to_score: int = 0  # 0: by cluster size, from 50 % down to 5 %
    pod_initial_backoff: float = 1.0
    pod_max_backoff: float = 10.0
    unschedulable_flush: float = 300.0  # a pod that no event woke is tried again after this long
    parallel_writes: int = 64  # binds and status patches under way at once
    volume_binding_timeout: float = 600.0
