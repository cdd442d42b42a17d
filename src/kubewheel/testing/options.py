"""What a test wants its cluster to be like."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STEPPED, REAL = "stepped", "real"
TYPES = {
    "controllers": bool, "nodes": int, "containers": bool, "clock": str, "start": datetime, "seed": int,
    "heartbeats": bool, "window": int, "fleet": dict,
}
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
    folder: str | Path = ""  # Where paths of manifests begin that the working directory does not have.
    heartbeats: bool = False  # Nodes renew their leases even while nobody could notice; slows long spans of time down.
    window: int = 10_000  # Events that are kept for watches and for reads of the past.
    fleet: dict[str, Any] = field(default_factory=dict)  # Fields of FleetSettings: capacity, labels, zones, …

    @property
    def has_controllers(self) -> bool:
        """Whether controllers run: nodes and pods need them."""
        return self.controllers or self.nodes > 0 or self.containers

    def __post_init__(self) -> None:
        self._check_types()
        if self.clock not in (STEPPED, REAL):
            raise ValueError(f"clock is {self.clock!r}; it must be {STEPPED!r} or {REAL!r}")
        if self.nodes < 0:
            raise ValueError(f"nodes is {self.nodes}; it must not be negative")
        if self.window < 1:
            raise ValueError(f"window is {self.window}; it must be at least 1")
        if self.fleet:
            self._check_fleet()
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

    def _check_types(self) -> None:
        for name, kind in TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise TypeError(f"{name} is {value!r}; it must be of type {kind.__name__}")

    def _check_fleet(self) -> None:
        # Nodes bring the node agent along, which others do without.
        from kubewheel.kubelet.simulated.fleet import FleetSettings

        check_names(self.fleet, (each.name for each in fields(FleetSettings)), "fleet has no field")
        if not self.nodes and not self.containers:
            raise ValueError("fleet says what nodes are like, but there are none; ask for some with nodes=1")


def choose(options: Options | None, wanted: Mapping[str, Any]) -> Options:
    """Return `options` with what is `wanted` besides; raise TypeError for what does not exist."""
    check_names(wanted, (each.name for each in fields(Options)), "there is no option")
    return replace(options or Options(), **wanted)


def check_names(given: Iterable[str], known: Iterable[str], complaint: str) -> None:
    """Raise TypeError for a name that is not `known`, with the one that it may have been meant to be."""
    names = list(known)
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
            raise TypeError(f"{complaint} {name!r}; {hint}")
