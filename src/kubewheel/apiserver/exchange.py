"""One request on its way through the pipeline, with what the stages have found out about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity, Request, Response

if TYPE_CHECKING:
    from kubewheel.api.custom.kind import CustomKind
    from kubewheel.apiserver.fairness.queues import Level

NOBODY = Identity(name="")
NOTHING = RequestInfo()


@dataclass(slots=True)
class Exchange:
    """A request, who asks for what, and what the answer's headers will say besides.

    `in_memory`: the client shares our process, so objects travel decoded and watches as events.
    """

    request: Request
    in_memory: bool = False
    info: RequestInfo = NOTHING
    identity: Identity = NOBODY
    impersonator: Identity | None = None
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)  # For the audit record.
    custom: "CustomKind | None" = None  # Of the resource that is asked for, if it is a custom one.
    started: float = 0.0  # Wall time.
    audit_id: str = ""  # Names the request in answers and records.
    seats: "tuple[Level, int] | None" = None  # What it occupies among the running requests.

    def now(self) -> float:
        """Return the wall time of this request."""
        return self.started

    def warn(self, text: str) -> None:
        """Tell the client `text` once, in a Warning header."""
        if text not in self.warnings:
            self.warnings.append(text)


def release(exchange: Exchange) -> None:
    """Give the seats of a request to others, at its end or once somebody else does its work; repeatable."""
    held, exchange.seats = exchange.seats, None
    if held is not None:
        level, seats = held
        level.give_back(seats)


Handler = Callable[[Exchange], Awaitable[Response]]
Stage = Callable[[Exchange, Handler], Awaitable[Response]]
