"""The one wire error: a Status, built by reason.

Source of codes, reasons and message forms: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
and the messages that upstream's clients print. Nothing else in the package writes a Status of kind Failure.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OMITTED = object()
"""Stands for a value that a message does not show."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in one field of an object.

    `type` is upstream's word: Required value, Invalid value, Unsupported value, Duplicate value, Forbidden,
    Not found, Too long, Too many. `value` is shown unless the type is Required value or Forbidden.
    """

    field: str
    type: str
    value: Any = None
    detail: str = ""

    def message(self) -> str:
        """Return the text without the field, as upstream writes it into `causes[].message`."""
        shown = SHOWN.get(self.type, self.type)
        valueless = self.type in ("Required value", "Forbidden", "Internal error", "Too long", "Too many")
        if not valueless and self.value is not OMITTED:
            shown = f"{shown}: {_quote(self.value)}"
        return f"{shown}: {self.detail}" if self.detail else shown

    def __str__(self) -> str:
        return f"{self.field}: {self.message()}" if self.field else self.message()


class Ratcheted(FieldError):
    """A fault of a value that an update leaves as it is: one to warn of."""


# A wrong type reads like any other wrong value, and has a reason of its own.
SHOWN: Mapping[str, str] = {"Type invalid": "Invalid value"}
CAUSE_REASONS: Mapping[str, str] = {
    "Required value": "FieldValueRequired",
    "Invalid value": "FieldValueInvalid",
    "Unsupported value": "FieldValueNotSupported",
    "Duplicate value": "FieldValueDuplicate",
    "Forbidden": "FieldValueForbidden",
    "Not found": "FieldValueNotFound",
    "Too long": "FieldValueTooLong",
    "Too many": "FieldValueTooMany",
    "Type invalid": "FieldValueTypeInvalid",
    "Internal error": "InternalError",
}


def _quote(value: Any) -> str:
    """Return `value` in the notation of Go's field errors: strings quoted, the rest as JSON."""
    if value is None:
        return "null"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


class StatusError(Exception):
    """A failure that the client sees as a Status object; `code`, `reason` and `message` are its parts."""

    def __init__(
        self, code: int, reason: str, message: str, details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details) if details else {}
        self.headers = dict(headers) if headers else {}
        self.metadata: dict[str, Any] = {}

    def status(self) -> dict[str, Any]:
        """Return the Status object."""
        result: dict[str, Any] = {
            "kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        }
        if self.details:
            result["details"] = self.details
        return result


def from_status(status: Mapping[str, Any]) -> StatusError:
    """Return the error that a server's Status object stands for."""
    return StatusError(
        int(status.get("code") or 500), str(status.get("reason") or "Unknown"), str(status.get("message") or ""),
        status.get("details"),
    )


def qualified(group: str, resource: str) -> str:
    """Return `resource` or `resource.group`, the form that messages use."""
    return f"{resource}.{group}" if group else resource


def _about(name: str, group: str, kind: str) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if kind:
        details["kind"] = kind
    return details


def not_found(group: str, resource: str, name: str) -> StatusError:
    """404: the object does not exist."""
    return StatusError(
        404, "NotFound", f'{qualified(group, resource)} "{name}" not found', _about(name, group, resource)
    )


def path_not_found() -> StatusError:
    """404: no such path is served."""
    return StatusError(404, "NotFound", "the server could not find the requested resource")


def already_exists(group: str, resource: str, name: str) -> StatusError:
    """409: an object of that name exists."""
    return StatusError(
        409, "AlreadyExists", f'{qualified(group, resource)} "{name}" already exists', _about(name, group, resource)
    )


STALE = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(group: str, resource: str, name: str, detail: str = STALE) -> StatusError:
    """409: the object is not in the state that the caller presumed."""
    return StatusError(
        409, "Conflict", f'Operation cannot be fulfilled on {qualified(group, resource)} "{name}": {detail}',
        _about(name, group, resource),
    )


def invalid(group: str, kind: str, name: str, faults: Sequence[FieldError]) -> StatusError:
    """422: fields of the object are at fault."""
    listed = [str(fault) for fault in faults]
    text = listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
    details = _about(name, group, kind)
    details["causes"] = [
        {"reason": CAUSE_REASONS[fault.type], "message": fault.message(), "field": fault.field} for fault in faults
    ]
    return StatusError(422, "Invalid", f'{qualified(group, kind)} "{name}" is invalid: {text}', details)


def bad_request(message: str) -> StatusError:
    """400: the request cannot be understood."""
    return StatusError(400, "BadRequest", message)


def unauthorized(message: str = "Unauthorized") -> StatusError:
    """401: nobody knows who asks."""
    return StatusError(401, "Unauthorized", message)


def forbidden(group: str, resource: str, name: str, detail: str) -> StatusError:
    """403: the request is understood and refused; `detail` says why."""
    subject = qualified(group, resource)
    shown = f'{subject} "{name}"' if name else subject
    return StatusError(403, "Forbidden", f"{shown} is forbidden: {detail}", _about(name, group, resource))


def method_not_allowed() -> StatusError:
    """405: the resource does not serve this verb."""
    return StatusError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource"
    )


def not_acceptable(accepted: Sequence[str]) -> StatusError:
    """406: none of the media types that the client takes can be made."""
    return StatusError(
        406, "NotAcceptable", f"only the following media types are accepted: {', '.join(accepted)}"
    )


def unsupported_media_type(accepted: Sequence[str]) -> StatusError:
    """415: the body has a media type that cannot be read."""
    return StatusError(
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted),
    )


def too_large(limit: int) -> StatusError:
    """413: the body is larger than `limit` bytes."""
    return StatusError(
        413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}"
    )


def too_many_requests(message: str, retry_after: int = 1) -> StatusError:
    """429: try again after `retry_after` seconds."""
    return StatusError(
        429, "TooManyRequests", message, {"retryAfterSeconds": retry_after}, {"Retry-After": str(retry_after)}
    )


def expired(message: str) -> StatusError:
    """410: the resourceVersion or continue token is too old."""
    return StatusError(410, "Expired", message)


def timeout(message: str, retry_after: int = 0) -> StatusError:
    """504: the work did not end in time."""
    return StatusError(
        504, "Timeout", f"Timeout: {message}", {"retryAfterSeconds": retry_after} if retry_after else None
    )


def unavailable(message: str) -> StatusError:
    """503: a part that this request needs does not answer."""
    return StatusError(503, "ServiceUnavailable", message)


def internal(message: str) -> StatusError:
    """500: a fault of ours."""
    return StatusError(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})
