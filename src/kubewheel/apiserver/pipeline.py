"""The pipeline: what every request passes, from top to bottom. Read this first.

A stage is called with the exchange and the rest of the pipeline; it passes the exchange on, or answers itself.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from kubewheel.apiserver import answers
from kubewheel.apiserver.audit import Audit
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.deadline import Deadline
from kubewheel.apiserver.exchange import Exchange, Handler, Stage
from kubewheel.apiserver.fairness import Fairness
from kubewheel.apiserver.impersonation import Impersonation
from kubewheel.apiserver.in_flight import MaxInFlight
from kubewheel.apiserver.metrics import Metrics
from kubewheel.apiserver.request_info import resolve
from kubewheel.apiserver.verbs.dispatch import dispatch
from kubewheel.libs.wire import Response


@dataclass(frozen=True, slots=True)
class Parts:
    """The stages that have state."""

    backend: Backend
    metrics: Metrics
    audit: Audit
    flow_control: Fairness | MaxInFlight


def stages(parts: Parts) -> Sequence[Stage]:
    """Return the stages, the outermost first."""
    backend = parts.backend
    return (
        answers.finish,  # Errors become Statuses; warnings, gzip.
        resolve_info,  # What is asked for.
        parts.metrics,
        Deadline(backend.settings.request_seconds),  # For how long.
        backend.authenticator,  # Who asks.
        parts.audit,
        Impersonation(backend.authorizer),  # As whom.
        parts.flow_control,  # Whether there is room.
        backend.authorizer,  # Whether they may.
    )  # → verbs.dispatch → admission → storage


async def resolve_info(exchange: Exchange, handle: Handler) -> Response:
    """Find out what the request asks for."""
    exchange.info = resolve(exchange.request)
    return await handle(exchange)


def build(parts: Parts) -> Handler:
    """Return the handler that leads through all stages to the verbs."""
    backend = parts.backend

    async def end(exchange: Exchange) -> Response:
        return await dispatch(exchange, backend)

    handler: Handler = end
    for stage in reversed(stages(parts)):
        handler = _joined(stage, handler)
    return handler


def _joined(stage: Stage, handler: Handler) -> Handler:
    def joined(exchange: Exchange) -> Awaitable[Response]:
        return stage(exchange, handler)

    return joined


