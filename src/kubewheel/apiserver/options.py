"""Options of requests: read from the query (and a delete's body), checked as upstream checks them.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kubewheel.api import errors
from kubewheel.api.errors import FieldError
from kubewheel.api.patches.bodies import APPLY
from kubewheel.libs.wire import Request

META_GROUP = "meta.k8s.io"
NOT_OLDER, EXACT = "NotOlderThan", "Exact"
POLICIES = ("Background", "Foreground", "Orphan")
VALIDATIONS = ("Ignore", "Strict", "Warn")
INITIAL_END = "k8s.io/initial-events-end"
MAX_MANAGER = 128
INT64 = 2**63
_INTEGER = re.compile(r"[+-]?[0-9]+")  # int() takes more: underscores, digits of other scripts.
_DIGITS = 40  # More than any number that is in range has.


def is_true(request: Request, name: str) -> bool:
    """Tell whether query parameter `name` is given and not false."""
    values = request.query.get(name)
    return bool(values) and values[0].lower() not in ("false", "0")  # type: ignore[index]


def is_dry_run(values: Sequence[str], kind: str) -> bool:
    """Return whether the request is only to be tried; raise 422 for other words than All."""
    given = [value for value in values if value]
    wrong = [value for value in given if value != "All"]
    if wrong:
        fault = FieldError("dryRun", "Unsupported value", list(given), 'supported values: "All"')
        raise errors.invalid(META_GROUP, kind, "", [fault])
    return bool(given)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Options of create, update and patch."""

    dry_run: bool = False
    field_validation: str = "Warn"
    field_manager: str = ""
    force: bool = False


NO_OPTIONS = WriteOptions()


def write_options(request: Request, kind: str) -> WriteOptions:
    """Return the options of a write; `kind` is CreateOptions, UpdateOptions or PatchOptions."""
    applies = kind == "PatchOptions" and is_apply(request)
    if not request.query and not applies:
        return NO_OPTIONS
    dry_run = is_dry_run(request.query.get("dryRun", ()), kind)
    validation = request.parameter("fieldValidation") or "Warn"
    faults = []
    if validation not in VALIDATIONS:
        supported = ", ".join(f'"{word}"' for word in VALIDATIONS)
        faults.append(
            FieldError("fieldValidation", "Unsupported value", validation, f"supported values: {supported}")
        )
    manager = request.parameter("fieldManager")
    faults += _manager_faults(manager)
    if applies and not manager:
        faults.append(FieldError("fieldManager", "Required value", "", "is required for apply patch"))
    force = kind == "PatchOptions" and bool(request.query.get("force"))
    if force and not applies:
        faults.append(FieldError("force", "Forbidden", None, "may not be specified for non-apply patch"))
    if faults:
        raise errors.invalid(META_GROUP, kind, "", faults)
    return WriteOptions(dry_run, validation, manager, force and is_true(request, "force"))


def is_apply(request: Request) -> bool:
    """Tell whether a patch is an applied configuration."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == APPLY


def _manager_faults(manager: str) -> list[FieldError]:
    if len(manager) > MAX_MANAGER:
        return [FieldError("fieldManager", "Too long", manager, f"may not be more than {MAX_MANAGER} bytes")]
    if not manager.isprintable():
        return [FieldError("fieldManager", "Invalid value", manager, "should only contain printable characters")]
    return []


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """Options of delete and deletecollection."""

    dry_run: bool = False
    grace_seconds: int | None = None
    policy: str = ""
    orphan: bool | None = None
    uid: str = ""
    resource_version: str = ""


def delete_options(request: Request, body: Mapping[str, Any] | None) -> DeleteOptions:
    """Return the options of a delete, from its body, or else from the query."""
    given = dict(body) if body else _delete_query(request)
    faults = []
    orphan, policy = given.get("orphanDependents"), given.get("propagationPolicy")
    if orphan is not None and policy is not None:
        faults.append(FieldError(
            "propagationPolicy", "Invalid value", policy,
            "orphanDependents and deletionPropagation cannot be both set",
        ))
    if policy is not None and policy not in POLICIES:
        supported = ", ".join(f'"{word}"' for word in (*POLICIES, "nil"))
        faults.append(FieldError("propagationPolicy", "Unsupported value", policy, f"supported values: {supported}"))
    if faults:
        raise errors.invalid(META_GROUP, "DeleteOptions", "", faults)
    preconditions = given.get("preconditions") or {}
    return DeleteOptions(
        is_dry_run(given.get("dryRun") or (), "DeleteOptions"), given.get("gracePeriodSeconds"), policy or "", orphan,
        preconditions.get("uid") or "", preconditions.get("resourceVersion") or "",
    )


def _delete_query(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {"dryRun": request.query.get("dryRun", [])}
    if request.query.get("gracePeriodSeconds"):
        given["gracePeriodSeconds"] = _integer(request, "gracePeriodSeconds")
    if request.query.get("orphanDependents"):
        given["orphanDependents"] = is_true(request, "orphanDependents")
    if request.parameter("propagationPolicy"):
        given["propagationPolicy"] = request.parameter("propagationPolicy")
    return given


def _integer(request: Request, name: str) -> int:
    text = request.parameter(name)
    fault = "invalid syntax" if _INTEGER.fullmatch(text) is None else ""
    if not fault and (len(text) > _DIGITS or not -INT64 <= int(text) < INT64):
        fault = "value out of range"
    if fault:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": {fault}')
    return int(text)


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Options of list, watch and deletecollection."""

    label_selector: str = ""
    field_selector: str = ""
    resource_version: str = ""
    match: str = ""
    limit: int = 0
    next: str = ""
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout_seconds: int = 0


EVERYTHING = ListOptions()


def list_options(request: Request, *, watch: bool = False) -> ListOptions:
    """Return the options of a list or watch."""
    if not request.query:
        return EVERYTHING
    parameter = request.parameter
    initial = is_true(request, "sendInitialEvents") if request.query.get("sendInitialEvents") else None
    options = ListOptions(
        parameter("labelSelector"), parameter("fieldSelector"), parameter("resourceVersion"),
        parameter("resourceVersionMatch"), _integer(request, "limit") if parameter("limit") else 0,
        parameter("continue"), is_true(request, "allowWatchBookmarks"), initial,
        _integer(request, "timeoutSeconds") if parameter("timeoutSeconds") else 0,
    )
    faults = _watch_faults(options) if watch else _list_faults(options)
    if faults:
        raise errors.invalid(META_GROUP, "ListOptions", "", faults)
    return options


def _watch_faults(options: ListOptions) -> list[FieldError]:
    if options.initial_events is not None:
        if not options.match:
            return [FieldError(
                "resourceVersionMatch", "Forbidden",
                detail="sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            )]
        if options.match != NOT_OLDER:
            return [FieldError(
                "resourceVersionMatch", "Unsupported value", options.match, f'supported values: "{NOT_OLDER}"'
            )]
        if options.next:
            return [FieldError("continue", "Forbidden", detail="continue is forbidden for watch")]
        return []
    if options.match:
        return [FieldError(
            "resourceVersionMatch", "Forbidden",
            detail="resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        )]
    return []


def _list_faults(options: ListOptions) -> list[FieldError]:
    faults = []
    if options.initial_events is not None:
        faults.append(
            FieldError("sendInitialEvents", "Forbidden", detail="sendInitialEvents is forbidden for list")
        )
    if not options.match:
        return faults
    if not options.resource_version:
        faults.append(FieldError(
            "resourceVersionMatch", "Forbidden",
            detail="resourceVersionMatch is forbidden unless resourceVersion is provided",
        ))
    if options.next:
        faults.append(FieldError(
            "resourceVersionMatch", "Forbidden",
            detail="resourceVersionMatch is forbidden when continue is provided",
        ))
    if options.match not in (EXACT, NOT_OLDER):
        faults.append(FieldError(
            "resourceVersionMatch", "Unsupported value", options.match,
            f'supported values: "{EXACT}", "{NOT_OLDER}", ""',
        ))
    if options.match == EXACT and options.resource_version == "0":
        faults.append(FieldError(
            "resourceVersionMatch", "Forbidden",
            detail='resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ))
    return faults


def revision(text: str) -> int:
    """Return the revision that a resourceVersion names; 0 if none is given."""
    if not text:
        return 0
    wrong = "" if text.isascii() and text.isdigit() else "invalid syntax"
    if not wrong and (len(text) > _DIGITS or int(text) >= 2 * INT64):
        wrong = "value out of range"
    if wrong:
        fault = FieldError("resourceVersion", "Invalid value", text, f'strconv.ParseUint: parsing "{text}": {wrong}')
        raise errors.invalid("", "", "", [fault])
    return int(text)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list that was read in part goes on: after `place` (namespace, name) in the state at `revision`."""

    revision: int
    place: tuple[str, str]


CONTINUE_VERSION = f"{META_GROUP}/v1"


def encode_position(position: Position) -> str:
    """Return the continue token for `position`."""
    namespace, name = position.place
    content = {"v": CONTINUE_VERSION, "rv": position.revision, "start": f"{namespace}/{name}\x00"}
    return base64.urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


def decode_position(token: str) -> Position:
    """Return the position that a continue token stands for; raise 400."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, slash, name = content["start"].removesuffix("\x00").partition("/")
        if content["v"] != CONTINUE_VERSION or not slash:
            raise ValueError("another version")
        return Position(int(content["rv"]), (namespace, name))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.bad_request(f"continue key is not valid: {error}") from error
