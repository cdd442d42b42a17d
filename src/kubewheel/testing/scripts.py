"""Scripts of simulated pods: what containers do, by class, by callable, or by a plain Behaviour.

A script is registered for the pods that it fits; of several the one registered last wins. It comes before the
annotations that `kubelet.simulated.behaviour` documents. Scripts are a test's own code: what they raise is kept for the
test, and the nodes go on without them.
"""

import fnmatch
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubewheel.api import selectors
from kubewheel.kubelet.simulated.behaviour import CPU_CORES, MEMORY_BYTES, Answer, Behaviour
from kubewheel.libs.wire import Object

__tracebackhide__ = True  # See `thread`.
NUMBERS = ("start_after", "ready_after", "exit_after", "exit_code", "stop_after", "log_every", "cpu", "memory")
Act = Callable[[Object, Mapping[str, Any]], "Behaviour | Script | None"]
Ask = Callable[[Sequence[str]], Answer | None]


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
            log=self._log(), log_every=self.log_every,
            answer=self._answer, pull_error=self.pull_error, cpu=self.cpu, memory=self.memory,
        )

    def _log(self) -> tuple[tuple[float, str, str], ...]:
        lines = self.log.splitlines() if isinstance(self.log, str) else self.log
        return tuple((0.0, "stdout", line) for line in lines)

    def _answer(self, command: Sequence[str]) -> "Answer | None":
        found = self.exec(list(command))
        if found is not None and not isinstance(found, Answer | str):
            raise TypeError(f"exec returned {found!r}; it must return a text, an Answer, or None")
        return Answer(found) if isinstance(found, str) else found


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
        act: object = self.act
        is_script = issubclass(act, Script) if isinstance(act, type) else isinstance(act, Behaviour | Script)
        if not is_script and (isinstance(act, type) or not callable(act)):
            raise TypeError(f"{self.act!r} is no script: give a Behaviour, a Script, or a callable that returns one")
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
        if found is not None and not isinstance(found, Behaviour | Script):
            raise TypeError(f"a script returned {found!r}; it must return a Behaviour, a Script, or None")
        return _checked(found.behaviour()) if isinstance(found, Script) else found and _checked(found)


def _checked(found: Behaviour) -> Behaviour:
    """Return what a test has written as nodes can play it: numbers are numbers, a plain line is logged at the start."""
    for name in NUMBERS:
        value = getattr(found, name)
        if not isinstance(value, int | float) and (name, value) != ("exit_after", None):
            raise TypeError(f"{name} is {value!r}; it must be a number")
    log: Any = found.log
    if all(isinstance(line, tuple) and len(line) == 3 for line in log):
        return found
    if not isinstance(log, str) and not all(isinstance(line, str) for line in log):
        raise TypeError(f"log is {log!r}; it must be lines, each a text or a tuple (seconds, \"stdout\", text)")
    lines = log.splitlines() if isinstance(log, str) else log
    return replace(found, log=tuple((0.0, "stdout", line) for line in lines))


class Cast:
    """All scripts of one cluster."""

    def __init__(self) -> None:
        self._roles: list[Role] = []
        self.failures: list[Exception] = []  # What scripts have raised that the test has not been told.

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
            if role.fits(pod, container) and (found := self._ask(role, pod, container)) is not None:
                return found
        return None

    def _ask(self, role: Role, pod: Object, container: Mapping[str, Any]) -> Behaviour | None:
        where = f"{pod['metadata'].get('namespace', '')}/{pod['metadata']['name']}, container {container['name']}"
        try:
            found = role.play(pod, container)
        except Exception as error:  # The border to a test's own code: one script must not end all nodes.
            self._keep(error, where)
            return None
        if found is None or found.answer is None:
            return found
        return replace(found, answer=functools.partial(self._answer, found.answer, where))

    def _answer(self, ask: Ask, where: str, command: Sequence[str]) -> Answer | None:
        try:
            return ask(command)
        except Exception as error:  # Likewise.
            self._keep(error, where)
            return Answer(stderr=f"the script failed: {type(error).__name__}: {error}\n", code=1)

    def _keep(self, error: Exception, where: str) -> None:
        error.add_note(f"raised by a script of `simulate`, for pod {where}")
        self.failures.append(error)
