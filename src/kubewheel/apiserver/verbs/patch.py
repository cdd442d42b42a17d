"""patch: PATCH of an object or of one of its subresources: JSON patch, merge patch, strategic merge patch, apply."""

from collections.abc import Callable
from typing import Any

import orjson

from kubewheel.api import decode, errors
from kubewheel.api.errors import FieldError
from kubewheel.api.patches import bodies
from kubewheel.api.registry import Resource
from kubewheel.apiserver import body, respond, versions
from kubewheel.apiserver.backend import Backend, of_exchange
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.options import is_apply, write_options
from kubewheel.apiserver.verbs import apply, checks, update
from kubewheel.apiserver.verbs.update import Aspect
from kubewheel.libs.wire import Object, Response
from kubewheel.storage import Entry

GVK = tuple[str, str, str]


async def handle(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Change the object as the request's body says."""
    return await patch(exchange, backend, resource, update.main_aspect(resource))


async def patch(exchange: Exchange, backend: Backend, resource: Resource, aspect: Aspect) -> Response:
    """Change one aspect of an object as the request's body says."""
    if is_apply(exchange.request):
        return await apply.handle(exchange, backend, resource, aspect)
    options = write_options(exchange.request, "PatchOptions")
    operation = of_exchange(exchange, backend, resource, options)
    form = respond.object_form(exchange)
    change = reader(exchange, resource.gvk, options.field_validation)

    names_managers = _names_managers(exchange.request.body)

    def patched_entry(entry: Entry) -> dict[str, Any]:
        current = versions.from_storage(resource, versions.mutable(entry))
        if not names_managers:
            current["metadata"].pop("managedFields", None)  # Often half of the object; kept on writing.
        patched = change(current)
        checks.match_name(patched, operation.name)
        checks.match_namespace(patched, operation.namespace)
        return patched if is_conditional(exchange, patched, entry) else _unconditional(patched)

    entry = await update.update_object(operation, aspect, patched_entry)
    return respond.entry(exchange, resource, entry, form)


def _names_managers(patch_body: object) -> bool:
    """Tell whether a patch says anything about managedFields."""
    data = patch_body if isinstance(patch_body, bytes) else orjson.dumps(patch_body)
    return b"managedFields" in data


def is_conditional(exchange: Exchange, patched: Object, entry: Entry) -> bool:
    """Tell whether the patch itself names a resourceVersion, other than the one that is stored."""
    return patched["metadata"].get("resourceVersion") not in (None, "", str(entry.revision))


def _unconditional(patched: dict[str, Any]) -> dict[str, Any]:
    # The version that was patched is compared on writing anyhow; without one, a rival leads to another try.
    patched["metadata"].pop("resourceVersion", None)
    return patched


def reader(exchange: Exchange, gvk: GVK, validation: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the change that the request's body stands for; raise 400 or 415 if it cannot be read."""
    request = exchange.request
    content_type = request.headers.get("content-type", "")
    patch_body = request.body if request.body is not None else b""

    def change(current: dict[str, Any]) -> dict[str, Any]:
        # Patches share parts with their result; each try needs its own.
        given = patch_body if isinstance(patch_body, bytes) else orjson.loads(orjson.dumps(patch_body))
        patched = bodies.apply(current, given, content_type, gvk)
        _clean(exchange, gvk, patched, validation)
        return patched

    return change


def _clean(exchange: Exchange, gvk: GVK, patched: dict[str, Any], validation: str) -> None:
    """Check the patched object as a decoder would."""
    before = orjson.dumps(patched).decode()
    expected = body.expected(exchange, gvk)
    if reason := decode.misfit(patched, expected):
        raise _bad_patch(before, reason)
    if patched["kind"] != expected.kind:
        fault = FieldError("kind", "Invalid value", patched["kind"], f"must be {expected.kind}")
        raise errors.invalid(expected.group, expected.kind, exchange.info.name, [fault])
    try:
        unknown = body.unknown_fields(exchange, gvk, patched)
    except ValueError as error:
        raise _bad_patch(before, str(error)) from error
    if not unknown or validation == "Ignore":
        return
    texts = [f'unknown field "{path}"' for path in unknown]
    if validation == "Strict":
        raise _bad_patch(before, f"strict decoding error: {', '.join(texts)}")
    for text in texts:
        exchange.warn(text)


def _bad_patch(patched: str, detail: str) -> errors.StatusError:
    return errors.invalid("", "", "", [FieldError("patch", "Invalid value", patched, detail)])


