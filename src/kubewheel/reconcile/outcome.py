"""How a reconcile ends: done, later, or with an exception (back-off; `Terminal` is not tried again)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """Everything is as wanted, until something changes."""


@dataclass(frozen=True, slots=True)
class Later:
    """Look again after `seconds`, or when something changes."""

    seconds: float


Outcome = Done | Later


class Terminal(Exception):
    """Trying again is of no use before something changes; users read `reason` and `message` in an event."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
