"""What a test wants its cluster to be like."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STEPPED, REAL = "stepped", "real"
START = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """A cluster's options.

    Without `controllers` and `nodes` there are kinds only: objects are validated, stored and watched, and nobody acts
    on them. `nodes` brings the scheduler along; simulated nodes run the pods. `load` names manifests (files or
    directories) to begin with, `snapshot` a file that `Cluster.snapshot` or `kubewheel snapshot save` wrote.
    """

    controllers: bool = False
    nodes: int = 0
    containers: bool = False  # A node with real containers, in real time, in place of simulated ones; needs root.
    clock: str = STEPPED  # Or "real".
    start: datetime = START  # Of a stepped clock.
    seed: int = 0  # Decides whatever is left to chance: names, uids, which requests fail.
    load: tuple[str | Path, ...] = ()
    snapshot: str | Path = ""
    heartbeats: bool = False  # Nodes renew their leases even while nobody could notice; slows long spans of time down.
    window: int = 10_000  # Events that are kept for watches and for reads of the past.
    fleet: dict[str, Any] = field(default_factory=dict)  # Fields of FleetSettings: capacity, labels, zones, …

    @property
    def has_controllers(self) -> bool:
        """Whether controllers run: nodes and pods need them."""
        return self.controllers or self.nodes > 0 or self.containers

    def __post_init__(self) -> None:
        if self.clock not in (STEPPED, REAL):
            raise ValueError(f"clock is {self.clock!r}; it must be {STEPPED!r} or {REAL!r}")
        if self.nodes < 0:
            raise ValueError(f"nodes is {self.nodes}; it must not be negative")
        if self.snapshot and Path(self.snapshot).is_dir():  # Of manifests: nobody wrote it but its author.
            object.__setattr__(self, "load", (self.snapshot, *self.load))
            object.__setattr__(self, "snapshot", "")
        if self.containers:
            object.__setattr__(self, "nodes", 0)
            object.__setattr__(self, "clock", REAL)
            if self.snapshot:
                raise ValueError("a snapshot's addresses are not those of containers on this machine; use `load`")
        if self.start.tzinfo is None:
            raise ValueError("start has no time zone")
