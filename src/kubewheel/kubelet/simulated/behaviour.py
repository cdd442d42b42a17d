"""What a simulated container does, from its pod's annotations, its command and its image. Pure.

Annotations, each also with `.<container>` at its end for one container alone:

    simulated.kubewheel.dev/start-after     seconds between the pod's arrival and the start of its containers
    simulated.kubewheel.dev/ready-after     seconds between a container's start and its readiness
    simulated.kubewheel.dev/exit-after      seconds between a container's start and its end
    simulated.kubewheel.dev/exit-code       exit code of that end (without exit-after: at once)
    simulated.kubewheel.dev/stop-after      seconds that a container takes to stop when told so (at most its grace)
    simulated.kubewheel.dev/log             lines that it logs at its start
    simulated.kubewheel.dev/log-every       seconds between further lines, "tick 1", "tick 2", …
    simulated.kubewheel.dev/exec            JSON: command line -> output, or {"stdout", "stderr", "code"}
    simulated.kubewheel.dev/cpu             what it uses of a CPU while it runs ("250m"); may change at any time
    simulated.kubewheel.dev/memory          what it uses of memory ("64Mi"); likewise
    simulated.kubewheel.dev/pull-error      text of a failure to pull its image ("" for none)

Without them: a command that `shell` understands runs as it would (its output is the log, its end the container's);
any other runs until it is stopped, but for init containers and containers of Jobs, which end at once with code 0.
Images fail to be pulled when their name has a part like nonexistent, does-not-exist, no-such-image or missing-image.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from kubewheel.api import quantity
from kubewheel.kubelet.simulated import shell
from kubewheel.libs.wire import Object

PREFIX = "simulated.kubewheel.dev/"
MISSING = re.compile(
    r"(?:^|[/:._-])(?:non-?existent|non-?existing|does-?not-?exist|no-?such(?:-?image)?|missing-image|bad-image)"
)
# Arguments that begin so are for images without an entry point, as in `kubectl run --image=busybox -- sh -c …`.
SHELLS = frozenset({"sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash"})
MAX_LOG_BYTES = 1 << 20
CPU_CORES, MEMORY_BYTES = 0.001, 8 << 20  # What a container uses that nobody has said anything of.


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one container does. `exit_after` None: it runs until it is stopped."""

    start_after: float = 0.0
    ready_after: float = 0.0
    exit_after: float | None = None
    exit_code: int = 0
    stop_after: float = 0.0
    log: tuple[tuple[float, str, str], ...] = ()  # seconds after the start, stream, text
    log_every: float = 0.0
    answers: Mapping[str, "Answer"] = field(default_factory=dict)  # By command line, its words joined by spaces.
    answer: "Callable[[Sequence[str]], Answer | None] | None" = None  # Asked first; None: it leaves that open.
    pull_error: str = ""
    cpu: float = CPU_CORES
    memory: int = MEMORY_BYTES


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command that is run in the container answers."""

    stdout: str = ""
    stderr: str = ""
    code: int = 0


PLAIN = Behaviour()
STARTED = ((0.0, "stdout", "simulated container started"),)


def of(pod: Object, container: Mapping[str, Any], *, is_init: bool = False) -> Behaviour:
    """Return the behaviour of one container of `pod`."""
    annotations = pod["metadata"].get("annotations") or {}
    command = (*(container.get("command") or ()), *(container.get("args") or ()))
    image = str(container.get("image", ""))
    known = _of_command(command, *_surroundings(pod, container, command)) if _is_known(container) else None
    if known is None:
        finite = (is_init and container.get("restartPolicy") != "Always") or _belongs_to_job(pod)
        known = (0.0 if finite else None, 0, STARTED)
    if MISSING.search(image) is None and not any(each.startswith(PREFIX) for each in annotations):
        if known == (None, 0, STARTED):
            return RUNS
        return Behaviour(exit_after=known[0], exit_code=known[1], log=known[2])
    return _annotated(_Reader(annotations, str(container.get("name", ""))), image, known)


RUNS = Behaviour(log=STARTED)


def _annotated(read: "_Reader", image: str, known: tuple[float | None, int, Any]) -> Behaviour:
    exit_after, exit_code, log = known
    if read.has("exit-after") or read.has("exit-code"):
        exit_after, exit_code = read.number("exit-after", 0.0), int(read.number("exit-code", 0))
    text = read.text("log")
    if text is not None:
        log = tuple((0.0, "stdout", line) for line in text.splitlines())
    missing = MISSING.search(image)
    failure = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
    return Behaviour(
        start_after=read.number("start-after", 0.0), ready_after=read.number("ready-after", 0.0),
        exit_after=exit_after, exit_code=exit_code, stop_after=read.number("stop-after", 0.0), log=log,
        log_every=read.number("log-every", 0.0), answers=_answers(read.text("exec") or ""),
        pull_error=read.text("pull-error", failure if missing else "") or "",
    )


def usage(pod: Object, container: str, behaviour: Behaviour) -> tuple[float, int]:
    """Return the CPU and the memory in bytes that a running container uses by now."""
    read = _Reader(pod["metadata"].get("annotations") or {}, container)
    return read.amount("cpu", behaviour.cpu), int(read.amount("memory", behaviour.memory))


class _Reader:
    """Reads annotations, those of one container before those of the whole pod; nonsense counts as absent."""

    def __init__(self, annotations: Mapping[str, str], container: str) -> None:
        self._annotations = annotations
        self._container = container

    def text(self, name: str, default: str | None = None) -> str | None:
        own = self._annotations.get(f"{PREFIX}{name}.{self._container}")
        return own if own is not None else self._annotations.get(PREFIX + name, default)

    def has(self, name: str) -> bool:
        return self.text(name) is not None

    def number(self, name: str, default: float) -> float:
        text = (self.text(name) or "").strip()
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text)
        if match is None:
            return default
        return float(match.group(1)) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600, None: 1}[match.group(2)]

    def amount(self, name: str, default: float) -> float:
        text = self.text(name)
        try:
            return quantity.parse(text).nanos / 1e9 if text is not None else default
        except ValueError:
            return default


def _answers(text: str) -> Mapping[str, Answer]:
    if not text:
        return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {command: _answer(each) for command, each in found.items()}


def _answer(value: Any) -> Answer:
    if not isinstance(value, dict):
        return Answer(str(value))
    code = value.get("code", 0)
    return Answer(str(value.get("stdout", "")), str(value.get("stderr", "")), code if isinstance(code, int) else 1)


def _is_known(container: Mapping[str, Any]) -> bool:
    """Tell whether the whole command is known: with arguments alone it is, if they begin with a shell."""
    args = container.get("args") or ()
    return bool(container.get("command")) or bool(args and args[0] in SHELLS)


def _belongs_to_job(pod: Object) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return any(owner.get("kind") == "Job" and owner.get("controller") for owner in owners)


def environment(pod: Object, container: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables whose values the pod itself gives."""
    metadata = pod["metadata"]
    fields = {
        "metadata.name": metadata.get("name"), "metadata.namespace": metadata.get("namespace"),
        "metadata.uid": metadata.get("uid"), "spec.nodeName": pod["spec"].get("nodeName"),
        "status.podIP": (pod.get("status") or {}).get("podIP"),
    }
    found = {}
    for each in container.get("env") or ():
        source = (each.get("valueFrom") or {}).get("fieldRef") or {}
        found[each["name"]] = str(each.get("value") or fields.get(source.get("fieldPath", "")) or "")
    return found


def _surroundings(
    pod: Object, container: Mapping[str, Any], command: Sequence[str]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return hostname and variables, where the command may show them; nothing else keeps its outcome shared."""
    if not any("$" in word or "env" in word or "hostname" in word for word in command):
        return "", ()
    return pod["metadata"]["name"], tuple(environment(pod, container).items())


@lru_cache(maxsize=1024)
def _of_command(
    command: Sequence[str], hostname: str, variables: tuple[tuple[str, str], ...]
) -> tuple[float | None, int, tuple[tuple[float, str, str], ...]] | None:
    """Return when, how and with which log a container's command ends; None for one that is not understood."""
    if not command:
        return None
    program = shell.run(command, shell.World(hostname, dict(variables), strict=True))
    seconds, written = 0.0, 0
    log: list[tuple[float, str, str]] = []
    try:
        while True:
            action = next(program)
            if isinstance(action, shell.Sleep):
                seconds += action.seconds
            elif isinstance(action, shell.Output):
                stream = "stdout" if action.channel == 1 else "stderr"
                log += [(seconds, stream, line) for line in action.data.decode("utf-8", "replace").splitlines()]
                written += len(action.data)
            if written > MAX_LOG_BYTES or seconds == shell.FOREVER:
                return None, 0, tuple(log)
    except StopIteration as stop:
        return seconds, int(stop.value or 0), tuple(log)
    except shell.Unknown:
        return None
