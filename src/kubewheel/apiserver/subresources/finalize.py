"""namespaces/finalize: takes finalizers out of a namespace's spec; without any, a deleted namespace goes."""

from typing import Any

from kubewheel.api.errors import FieldError
from kubewheel.api.registry import Resource
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import update as updating
from kubewheel.apiserver.verbs.update import Aspect
from kubewheel.libs.wire import Object, Response


def _keep_all_but_finalizers(new: dict[str, Any], old: Object) -> None:
    finalizers = (new.get("spec") or {}).get("finalizers")
    new["spec"] = {**(old.get("spec") or {}), "finalizers": finalizers or []}
    if not finalizers:
        del new["spec"]["finalizers"]
    new["status"] = old.get("status") or {}


def _no_faults(_new: Object, _old: Object) -> list[FieldError]:
    return []


ASPECT = Aspect(_keep_all_but_finalizers, _no_faults)


async def update(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Replace the finalizers of the namespace's spec."""
    return await updating.replace(exchange, backend, resource, ASPECT)


SUBRESOURCES = (Served("finalize", {"update": update}, frozenset({"namespaces"})),)
