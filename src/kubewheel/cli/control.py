"""What the commands ask of a cluster on this machine; `launch` does it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Report = Callable[[str], None]


class ControlError(Exception):
    """A command cannot be carried out; the message says what was tried and what to do."""


class ClusterControl(Protocol):
    """One cluster, known by its data directory. Every method may raise ControlError."""

    @property
    def kubeconfig(self) -> Path:
        """Where the administrator's client configuration lies."""
        ...

    def start(self, options: Mapping[str, Any], report: Report, *, is_foreground: bool) -> Mapping[str, Any]:
        """Start or resume the cluster with the options given; return its status once it is ready."""
        ...

    def stop(self, report: Report, *, is_wiped: bool) -> None:
        """Stop the cluster, its containers included; `is_wiped` forgets its state."""
        ...

    def status(self, wait_seconds: float) -> Mapping[str, Any]:
        """Return what runs; wait up to `wait_seconds` for everything to be ready."""
        ...

    def certificates(self, *, is_renewed: bool) -> Sequence[Mapping[str, Any]]:
        """Return the certificates, renewed if asked for."""
        ...

    def save_snapshot(self, path: Path) -> Mapping[str, Any]:
        """Write the state, of one revision, to a private file; return its `revision` and number of `objects`."""
        ...

    def load_snapshot(self, path: Path, options: Mapping[str, Any], *, is_replaced: bool) -> Mapping[str, Any]:
        """Let a cluster, a new one with the options given, begin with a saved state.

        `is_replaced` forgets the state that it has.
        """
        ...

    def findings(self) -> Sequence[str]:
        """Return what is wrong, each with how to mend it."""
        ...


class Components(Protocol):
    """Components that run alone in this process, against an API server anywhere."""

    def run(self, component: str, options: Mapping[str, Any]) -> None:
        """Run `component` until a signal ends it; raise ControlError when it cannot start."""
        ...
