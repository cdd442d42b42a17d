"""The body of a PATCH request: its kind by Content-Type, and the object that it makes."""

from typing import Any

from kubewheel.api import decode, errors, schema
from kubewheel.api.errors import StatusError
from kubewheel.api.patches import json_patch, merge_patch, strategic_merge
from kubewheel.libs.wire import Object

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def apply(original: Object, body: bytes | object, content_type: str, gvk: tuple[str, str, str]) -> dict[str, Any]:
    """Return what the patch in `body` makes of `original`, which is of kind `gvk`; the result is not checked yet.

    Raises a 415 for other media types (and for strategic patches of kinds without a schema), a 400 for patches that
    cannot be read, a 422 for those that do not apply.
    """
    media = content_type.partition(";")[0].strip().lower()
    definition = schema.load().type_of(*gvk)
    accepted = (JSON, MERGE, STRATEGIC) if definition else (JSON, MERGE)
    if media not in accepted:
        raise errors.unsupported_media_type((*accepted, APPLY))
    patch = _parse(body)
    if media == JSON:
        return _whole(json_patch.apply(original, patch))
    if not isinstance(patch, dict):
        raise _unreadable(f"json: cannot unmarshal {_word(patch)} into Go value of type map[string]interface {{}}")
    if media == MERGE or definition is None:
        return _whole(merge_patch.apply(original, patch))
    return _whole(strategic_merge.apply(original, patch, definition))


def _parse(body: bytes | object) -> Any:
    if not isinstance(body, bytes):
        decode.check_depth(body)
        return body
    try:
        return decode.parse_json(body)
    except ValueError as error:
        raise _unreadable(str(error)) from error


def _unreadable(reason: str) -> StatusError:
    return errors.bad_request(f"error decoding patch: {reason}")


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "string" if isinstance(value, str) else "null"


def _whole(obj: dict[str, Any]) -> dict[str, Any]:
    """Return `obj` with metadata at least, as all objects have; refuse what a patch has nested too deeply."""
    if obj.get("metadata") is None:
        obj["metadata"] = {}
    if not isinstance(obj["metadata"], dict):
        raise json_patch.rejected("metadata must be an object")
    try:
        decode.check_depth(obj)
    except ValueError as error:
        raise json_patch.rejected(str(error)) from error
    return obj
