"""Bodies of requests: what `api.decode` makes of them, with this request's headers and warnings."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kubewheel.api import decode, errors, fields
from kubewheel.api.decode import Expected, Validation
from kubewheel.apiserver import protobuf
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Request

if TYPE_CHECKING:
    from kubewheel.api.custom.kind import CustomKind

GVK = tuple[str, str, str]


def media_type(request: Request) -> str:
    """Return the media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_object(exchange: Exchange, gvk: GVK, validation: str) -> dict[str, Any]:
    """Return the object in the body; raise 400 or 415, warn of what the validation only warns of."""
    return _read(exchange, expected(exchange, gvk), Validation(validation))


def read_either(exchange: Exchange, gvk: GVK, retired: str, validation: str) -> tuple[dict[str, Any], bool]:
    """Return the object in the body, of `gvk` or of a `retired` apiVersion of the same form, and whether of that."""
    wanted = replace(expected(exchange, gvk), other_versions=(retired,) if retired else ())
    content = _read(exchange, wanted, Validation(validation))
    is_old = content["apiVersion"] != wanted.api_version
    content["apiVersion"] = wanted.api_version
    return content, is_old


def expected(exchange: Exchange, gvk: GVK) -> Expected:
    """Return what an object of kind `gvk` in this request must be."""
    custom = _custom(exchange, gvk)
    clean = custom.clean if custom is not None else None
    return Expected(*gvk, is_custom=custom is not None, clean=clean)


def _custom(exchange: Exchange, gvk: GVK) -> "CustomKind | None":
    """Return the custom kind that the body is of; a Scale below a custom resource is none."""
    custom = exchange.custom
    return custom if custom is not None and (custom.group, custom.version, custom.kind) == gvk else None


def _read(exchange: Exchange, expected: Expected, validation: Validation) -> dict[str, Any]:
    request = exchange.request
    body: bytes | Mapping[str, Any] | None = request.body
    content_type = request.headers.get("content-type", "")
    if isinstance(body, bytes) and media_type(request) == protobuf.MEDIA_TYPE:
        body, content_type = _from_protobuf(body, (expected.group, expected.version, expected.kind)), decode.JSON_TYPE
    content, warnings = decode.read(body, expected, content_type=content_type, validation=validation)
    for text in warnings:
        exchange.warn(text)
    return content


def _from_protobuf(body: bytes, gvk: GVK) -> dict[str, Any]:
    try:
        return protobuf.decode(body, gvk)
    except protobuf.Malformed as error:
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type {gvk[2]}): {error}"
        ) from error


def read_delete_options(exchange: Exchange) -> dict[str, Any] | None:
    """Return the DeleteOptions in the body, or None if there is no body."""
    if not exchange.request.body:
        return None
    return _read(exchange, decode.DELETE_OPTIONS, Validation.IGNORE)


def unknown_fields(exchange: Exchange, gvk: GVK, content: dict[str, Any]) -> list[str]:
    """Return the paths of fields that the kind does not have, and drop them; raise ValueError for a wrong type."""
    custom = _custom(exchange, gvk)
    if custom is not None:
        return custom.clean(content)
    return fields.unknown_fields(gvk, content)
