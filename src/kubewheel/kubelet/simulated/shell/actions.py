"""What programs of the shell are made of: actions, played by whoever runs them, and the world that they see."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

NOT_FOUND = 127
FOREVER = float("inf")


class Unknown(Exception):
    """The program uses something that this shell does not know."""


@dataclass(frozen=True, slots=True)
class Output:
    """Write `data` to stdout (1) or stderr (2)."""

    data: bytes
    channel: int = 1


@dataclass(frozen=True, slots=True)
class Sleep:
    """Let `seconds` pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """Ask for the next bytes of stdin; empty at its end."""


Action = Output | Sleep | Read
Program = Generator[Action, bytes, int]


class Exit(Exception):
    """`exit` was called."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class World:
    """What commands can see. `strict` raises Unknown for unknown commands instead of reporting 127."""

    hostname: str = "localhost"
    environment: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], float] = lambda: 0.0
    strict: bool = False
