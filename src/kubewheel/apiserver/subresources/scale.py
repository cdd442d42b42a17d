"""scale: the number of replicas of a workload, in one form for all kinds of workloads."""

from dataclasses import replace as replace_fields
from typing import Any

from kubewheel.api import convert, errors, selectors, tables
from kubewheel.api.autoscaling.scale import KIND
from kubewheel.api.custom import kind as custom_kinds
from kubewheel.api.custom import scales
from kubewheel.api.errors import FieldError
from kubewheel.api.registry import Resource
from kubewheel.api.retired import scale as retired_scale
from kubewheel.apiserver import body, negotiation, respond, versions
from kubewheel.apiserver.backend import Backend, Operation, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import is_apply, write_options
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import apply, checks, get, patch, update
from kubewheel.apiserver.verbs.update import Aspect, View
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Entry

COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def of(workload: Object, resource: Resource) -> dict[str, Any]:
    """Return the Scale of a workload."""
    custom = custom_kinds.of(resource)
    if custom is not None and custom.scale is not None:
        return scales.of(workload, custom.scale)
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    metadata = {name: workload["metadata"][name] for name in COPIED if name in workload["metadata"]}
    shown: dict[str, Any] = {"replicas": status.get("replicas", 0)}
    selector = _selector(spec.get("selector"))
    if selector:
        shown["selector"] = selector
    scaled = {"replicas": spec["replicas"]} if spec.get("replicas") else {}
    scale = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": scaled, "status": shown}
    return retired_scale.shown(scale, workload, resource)


def _to_change(workload: Object, resource: Resource) -> dict[str, Any]:
    """Return the Scale that a write starts from."""
    custom = custom_kinds.of(resource)
    if custom is not None and custom.scale is not None:
        return scales.to_change(workload, custom.scale)
    return of(workload, resource)


def _selector(selector: Object | None) -> str:
    if not selector:
        return ""
    if "matchLabels" in selector or "matchExpressions" in selector:
        return str(selectors.from_object(selector))
    return str(selectors.from_labels(selector))


async def read(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Return the Scale of a workload."""
    form = respond.object_form(exchange)
    entry = await backend.ready(resource, get.find(backend, resource, exchange.info.namespace, exchange.info.name))
    scaled = of(versions.shown(resource, entry), resource)
    if form.shape == negotiation.TABLE:
        scaled = respond.versioned(tables.table(KIND, [scaled], {}, now=exchange.now()), form)
    return respond.plain(exchange, scaled, form)


async def replace(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Set the number of replicas."""
    options = write_options(exchange.request, "UpdateOptions")
    operation = of_exchange(exchange, backend, resource, options)
    scale = body.read_object(exchange, retired_scale.gvk(resource), options.field_validation)
    checks.match_name(scale, operation.name)
    return await _write(exchange, operation, lambda _: scale)


async def change(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Patch the Scale."""
    options = write_options(exchange.request, "PatchOptions")
    operation = of_exchange(exchange, backend, resource, options)
    if is_apply(exchange.request):
        return await _apply(exchange, operation)
    return await _write(exchange, operation, patch.reader(
        exchange, retired_scale.gvk(resource), options.field_validation,
    ))


async def _write(exchange: Exchange, operation: Operation, make: Any) -> Response:
    resource = operation.resource
    form = respond.object_form(exchange)

    def scaled(entry: Entry) -> dict[str, Any]:
        workload = versions.from_storage(resource, versions.mutable(entry))
        scale = make(_to_change(workload, resource))
        _check(scale, operation.name)
        given = (scale.get("metadata") or {}).get("resourceVersion")
        if given and given != str(entry.revision):
            raise errors.conflict(resource.group, resource.plural, operation.name)
        _put(workload, (scale.get("spec") or {}).get("replicas") or 0, resource)
        if not given or given == str(entry.revision):
            workload["metadata"].pop("resourceVersion", None)
        return workload

    entry = await update.update_object(operation, _aspect(resource, operation.name), scaled)
    return respond.plain(exchange, of(versions.shown(resource, entry), resource), form)


def _aspect(resource: Resource, name: str) -> Aspect:
    """Return the aspect of a workload that its Scale shows."""

    def show(workload: Object) -> dict[str, Any]:
        return _to_change(convert.from_stored(workload, resource) if resource.custom is None else workload, resource)

    def put(workload: dict[str, Any], scale: Object) -> None:
        _check(scale, name)
        _put(workload, (scale.get("spec") or {}).get("replicas") or 0, resource)

    return replace_fields(update.main_aspect(resource), view=View(show, put))


def _put(workload: dict[str, Any], replicas: int, resource: Resource) -> None:
    custom = custom_kinds.of(resource)
    if custom is not None and custom.scale is not None:
        scales.put(workload, replicas, custom.scale)
    else:
        workload["spec"]["replicas"] = replicas


async def _apply(exchange: Exchange, operation: Operation) -> Response:
    """Apply a Scale: the number of replicas of the workload then belongs to who applies it."""
    resource, form = operation.resource, respond.object_form(exchange)
    scale = apply.read(exchange, operation, retired_scale.gvk(resource))
    _check(scale, operation.name)
    wanted = {
        "apiVersion": resource.api_version, "kind": resource.kind, "metadata": scale.get("metadata") or {},
    }
    if (replicas := (scale.get("spec") or {}).get("replicas")) is not None:
        wanted["spec"] = {}
        _put(wanted, replicas, resource)
    entry = await apply.update_object(operation, _aspect(resource, operation.name), wanted)
    return respond.plain(exchange, of(versions.shown(resource, entry), resource), form)


def _check(scale: Object, name: str) -> None:
    replicas = (scale.get("spec") or {}).get("replicas") or 0
    if replicas < 0 and replicas != scales.UNSET:
        fault = FieldError("spec.replicas", "Invalid value", replicas, "must be greater than or equal to 0")
        raise errors.invalid("autoscaling", "Scale", name, [fault])


SUBRESOURCES = (Served("scale", {"get": read, "update": replace, "patch": change}),)
