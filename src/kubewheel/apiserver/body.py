"""Bodies of requests: what `api.decode` makes of them, with this request's headers and warnings."""

from collections.abc import Mapping
from typing import Any

import orjson

from kubewheel.api import decode, errors, fields
from kubewheel.api.decode import Expected, Validation
from kubewheel.apiserver import protobuf
from kubewheel.apiserver.exchange import Exchange
from kubewheel.libs.wire import Request

GVK = tuple[str, str, str]


def media_type(request: Request) -> str:
    """Return the media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_object(exchange: Exchange, gvk: GVK, validation: str, *, is_custom: bool = False) -> dict[str, Any]:
    """Return the object in the body; raise 400 or 415, warn of what the validation only warns of."""
    request = exchange.request
    body: bytes | Mapping[str, Any] | None = request.body
    content_type = request.headers.get("content-type", "")
    if isinstance(body, bytes) and media_type(request) == protobuf.MEDIA_TYPE:
        body, content_type = _from_protobuf(body, gvk), decode.JSON_TYPE
    content, warnings = decode.read(
        body, Expected(*gvk, is_custom=is_custom), content_type=content_type,
        validation=Validation(validation),
    )
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
    content = _parse(exchange.request)
    if not isinstance(content, dict):
        raise errors.bad_request("the object provided is unrecognized (must be of type DeleteOptions)")
    if content.get("kind") not in (None, "", "DeleteOptions"):
        raise errors.bad_request(f"expected DeleteOptions, got {content['kind']}")
    return content


def _parse(request: Request) -> Any:
    body = request.body
    if not isinstance(body, bytes):
        return orjson.loads(orjson.dumps(body))
    if media_type(request) == protobuf.MEDIA_TYPE:
        return _from_protobuf(body, ("", "v1", "DeleteOptions"))
    try:
        if decode.media_type(request.headers.get("content-type", "")) == decode.YAML_TYPE:
            from kubewheel.api import yaml_bodies

            return yaml_bodies.parse(body)[0]
        return decode.parse_json(body)
    except ValueError as error:
        raise errors.bad_request(f"couldn't get version/kind; json parse error: {error}") from error


def unknown_fields(gvk: GVK, content: dict[str, Any]) -> list[str]:
    """Return the paths of fields that the kind does not have, and drop them; raise ValueError for a wrong type."""
    return fields.unknown_fields(gvk, content)
