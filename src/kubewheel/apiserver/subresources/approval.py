"""certificatesigningrequests/approval: only the conditions that approve or deny can be changed here."""

from typing import Any

from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import get
from kubewheel.apiserver.verbs import patch as patching
from kubewheel.apiserver.verbs import update as updating
from kubewheel.apiserver.verbs.update import Aspect
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object, Response

DECISIONS = ("Approved", "Denied")


def _aspect(exchange: Exchange, resource: Resource) -> Aspect:
    def prepare(new: dict[str, Any], old: Object) -> None:
        conditions = (new.get("status") or {}).get("conditions")
        new["spec"], new["status"] = old.get("spec") or {}, dict(old.get("status") or {})
        if conditions is not None:
            new["status"]["conditions"] = [_dated(condition, exchange.now()) for condition in conditions]
        if not new["status"]:
            del new["status"]

    return Aspect(prepare, resource.behaviour.validate_status)


def _dated(condition: dict[str, Any], now: float) -> dict[str, Any]:
    """Return a condition with the times that a client need not send."""
    if condition.get("type") not in DECISIONS:
        return condition
    dated = {"lastUpdateTime": rfc3339(now), "lastTransitionTime": rfc3339(now)}
    return {**dated, **{name: value for name, value in condition.items() if value is not None}}


async def update(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Replace the decision."""
    return await updating.replace(exchange, backend, resource, _aspect(exchange, resource))


async def patch(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Change the decision."""
    return await patching.patch(exchange, backend, resource, _aspect(exchange, resource))


SUBRESOURCES = (
    Served(
        "approval", {"get": get.handle, "update": update, "patch": patch},
        frozenset({"certificatesigningrequests.certificates.k8s.io"}),
    ),
)
