"""pods/ephemeralcontainers and pods/resize: the parts of a running pod's spec that can still be changed."""

from typing import Any

from kubewheel.api.errors import FieldError
from kubewheel.api.registry import Resource
from kubewheel.api.validation import pod_update
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources.table import Served
from kubewheel.apiserver.verbs import get
from kubewheel.apiserver.verbs import patch as patching
from kubewheel.apiserver.verbs import update as updating
from kubewheel.apiserver.verbs.update import Aspect
from kubewheel.libs.wire import Object, Response

RESIZABLE = ("resources", "resizePolicy")


def _only_ephemeral(new: dict[str, Any], old: Object) -> None:
    containers = (new.get("spec") or {}).get("ephemeralContainers")
    new["spec"] = dict(old["spec"])
    if containers:
        new["spec"]["ephemeralContainers"] = containers
    else:
        new["spec"].pop("ephemeralContainers", None)
    new["status"] = old.get("status") or {}
    _raise_generation(new, old)


def _raise_generation(new: dict[str, Any], old: Object) -> None:
    if new["spec"] != old["spec"]:
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _ephemeral(resource: Resource) -> Aspect:
    def validate(new: Object, old: Object) -> list[FieldError]:
        return [*resource.behaviour.validate(new), *pod_update.validate_ephemeral_containers_update(new, old)]

    return Aspect(_only_ephemeral, validate, warns=True)


def _only_resources(new: dict[str, Any], old: Object) -> None:
    wanted = new.get("spec") or {}
    new["spec"] = dict(old["spec"])
    for field in ("containers", "initContainers"):
        before, after = old["spec"].get(field) or [], wanted.get(field) or []
        if not after:
            continue
        if [each["name"] for each in before] == [each.get("name") for each in after]:
            new["spec"][field] = [_resized(*pair) for pair in zip(before, after, strict=True)]
        else:
            new["spec"][field] = after  # For validation to say what is wrong with it.
    new["status"] = old.get("status") or {}
    _raise_generation(new, old)


def _resized(container: Object, wanted: Object) -> dict[str, Any]:
    return dict(container) | {field: wanted[field] for field in RESIZABLE if field in wanted}


def _resize(resource: Resource) -> Aspect:
    def validate(new: Object, old: Object) -> list[FieldError]:
        return [*resource.behaviour.validate(new), *pod_update.validate_resize(new, old)]

    return Aspect(_only_resources, validate, warns=True)


ASPECTS = {"ephemeralcontainers": _ephemeral, "resize": _resize}


async def update(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Replace the part of the pod that the URL names."""
    return await updating.replace(exchange, backend, resource, ASPECTS[exchange.info.subresource](resource))


async def patch(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Change the part of the pod that the URL names."""
    return await patching.patch(exchange, backend, resource, ASPECTS[exchange.info.subresource](resource))


SUBRESOURCES = tuple(
    Served(name, {"get": get.handle, "update": update, "patch": patch}, frozenset({"pods"})) for name in ASPECTS
)
