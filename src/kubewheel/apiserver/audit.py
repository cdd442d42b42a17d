"""Audit: one record a request, for whoever listens: who did what, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Identity, Response


@dataclass(frozen=True, slots=True)
class Record:
    """What happened."""

    identity: Identity
    impersonator: Identity | None
    info: RequestInfo
    peer_address: str
    status: int
    audit_id: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


Sink = Callable[[Record], None]


class Audit:
    """Tells sinks of each request once its answer is known; costs nothing without one."""

    def __init__(self) -> None:
        self.sinks: list[Sink] = []

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Pass the request on and record what came of it."""
        if not self.sinks:
            return await handle(exchange)
        status = 500
        try:
            response = await handle(exchange)
            status = response.status
            return response
        except StatusError as error:
            status = error.code
            raise
        finally:
            record = Record(
                exchange.identity, exchange.impersonator, exchange.info, exchange.request.peer_address, status,
                exchange.audit_id, exchange.annotations,
            )
            for sink in self.sinks:
                sink(record)
