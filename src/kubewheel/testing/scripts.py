"""Scripts of simulated pods: what containers do, by class, by callable, or by a plain Behaviour.

A script is registered for the pods that it fits; of several the one registered last wins. It comes before the
annotations that `kubelet.simulated.behaviour` documents.
"""

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import selectors
from kubewheel.kubelet.simulated.behaviour import CPU_CORES, MEMORY_BYTES, Answer, Behaviour
from kubewheel.libs.wire import Object

Act = Callable[[Object, Mapping[str, Any]], "Behaviour | Script | None"]


class Script:
    """What a container does; subclass it and change what differs. Seconds count from the container's start.

    `start_after` counts from the pod's arrival; `exit_after` None: it runs until it is stopped.
    """

    start_after: float = 0.0
    ready_after: float = 0.0
    exit_after: float | None = None
    exit_code: int = 0
    stop_after: float = 0.0
    log: Sequence[str] = ("simulated container started",)
    log_every: float = 0.0
    pull_error: str = ""
    cpu: float = CPU_CORES
    memory: int = MEMORY_BYTES

    def exec(self, command: Sequence[str]) -> "Answer | str | None":
        """Return what a command answers; None: what a small shell would say."""
        return None

    def behaviour(self) -> Behaviour:
        """Return the script as the simulated node plays it."""
        return Behaviour(
            start_after=self.start_after, ready_after=self.ready_after, exit_after=self.exit_after,
            exit_code=self.exit_code, stop_after=self.stop_after,
            log=tuple((0.0, "stdout", line) for line in self.log), log_every=self.log_every,
            answers=_Answers(self), pull_error=self.pull_error, cpu=self.cpu, memory=self.memory,
        )


class _Answers(Mapping[str, Answer]):
    """The answers of a script, asked for one by one."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def __getitem__(self, command: str) -> Answer:
        found = self._script.exec(command.split(" "))
        if found is None:
            raise KeyError(command)
        return found if isinstance(found, Answer) else Answer(found)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """A script and the containers that it is for."""

    act: "Act | Script | type[Script] | Behaviour"
    labels: str = ""
    namespace: str = "*"
    name: str = "*"
    image: str = "*"
    container: str = "*"
    selector: selectors.LabelSelector = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "selector", selectors.parse_labels(self.labels))

    def fits(self, pod: Object, container: Mapping[str, Any]) -> bool:
        """Tell whether the script is for this container."""
        metadata = pod["metadata"]
        return (
            fnmatch.fnmatchcase(metadata.get("namespace", ""), self.namespace)
            and fnmatch.fnmatchcase(metadata["name"], self.name)
            and fnmatch.fnmatchcase(str(container.get("image", "")), self.image)
            and fnmatch.fnmatchcase(container["name"], self.container)
            and self.selector.matches(metadata.get("labels") or {})
        )

    def play(self, pod: Object, container: Mapping[str, Any]) -> Behaviour | None:
        """Return what the container does; None if the script leaves that open."""
        act = self.act
        if isinstance(act, type):
            act = act()
        found = act if isinstance(act, Behaviour | Script) else act(pod, container)
        return found.behaviour() if isinstance(found, Script) else found


class Cast:
    """All scripts of one cluster."""

    def __init__(self) -> None:
        self._roles: list[Role] = []

    def add(self, role: Role) -> None:
        """Let `role` play from now on."""
        self._roles.append(role)

    def remove(self, role: Role) -> None:
        """Let `role` play no more; repeatable."""
        if role in self._roles:
            self._roles.remove(role)

    def play(self, pod: Object, container: Mapping[str, Any]) -> Behaviour | None:
        """Return what a container does by the newest script that fits and says so."""
        for role in reversed(self._roles):
            if role.fits(pod, container) and (found := role.play(pod, container)) is not None:
                return found
        return None
