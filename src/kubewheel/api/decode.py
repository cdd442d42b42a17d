"""Bodies of requests: from bytes to an object of the kind that the path asks for, or a 400 in upstream's words.

`read` does all of it: parse JSON or YAML, fill in and check apiVersion and kind, check fields against the schema.
What strict validation finds is an error, a warning or nothing, as the client asked with `fieldValidation`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from kubewheel.api import errors, fields, json_errors, schema
from kubewheel.api.errors import StatusError
from kubewheel.api.resources import group_version, split_group_version

JSON_TYPE = "application/json"
YAML_TYPE = "application/yaml"
ACCEPTED = (JSON_TYPE, YAML_TYPE)

MAX_DEPTH = 200  # The encoder gives up at 254 levels; objects in use have fewer than 40.
MAX_REPORTED = 100
SHOWN_BYTES = 30

_SCHEME = '"pkg/api/legacyscheme/scheme.go:30"'
_KEY = re.compile(rb'(?<!\\)"[ \t\r\n]*:')
_SPACED_COLONS = (b" :", b"\n:", b"\t:", b"\r:")
_HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


class Validation(StrEnum):
    """What becomes of unknown and duplicate fields."""

    STRICT = "Strict"
    WARN = "Warn"
    IGNORE = "Ignore"


@dataclass(frozen=True, slots=True)
class Expected:
    """The kind that a path takes.

    `other_versions` are apiVersions of the same kind that it takes too; `any_version` is for options, which clients
    send in the apiVersion of whatever they are about.
    """

    group: str
    version: str
    kind: str
    other_versions: tuple[str, ...] = ()
    is_custom: bool = False
    any_version: bool = False
    clean: Callable[[dict[str, Any]], list[str]] | None = None  # Of custom kinds; see `fields.clean`.
    is_exact: bool = False  # The body has to say what it is, and nothing else will do.

    @property
    def api_version(self) -> str:
        """The expected `apiVersion`."""
        return group_version(self.group, self.version)


DELETE_OPTIONS = Expected("", "v1", "DeleteOptions", any_version=True)


def media_type(content_type: str) -> str:
    """Return the type of a Content-Type header without its parameters; raise a 415 for types that cannot be read."""
    found = content_type.partition(";")[0].strip().lower() or JSON_TYPE
    if found not in ACCEPTED:
        raise errors.unsupported_media_type(ACCEPTED)
    return found


def read(
    body: bytes | Mapping[str, Any] | None, expected: Expected, *, content_type: str = JSON_TYPE,
    validation: Validation = Validation.STRICT,
) -> tuple[dict[str, Any], list[str]]:
    """Return the object in `body`, which the caller owns, and warnings."""
    if isinstance(body, Mapping):
        return check(_copied(body), expected, validation)
    data = body or b""
    media = media_type(content_type)
    strict = validation is not Validation.IGNORE
    try:
        obj, duplicates = _parse_yaml(data, strict) if media == YAML_TYPE else _parse_json(data, strict)
    except ValueError as error:
        prefix = "" if media == YAML_TYPE else "couldn't get version/kind; json parse error: "
        raise _unrecognized(expected, f"{prefix}{error}", data) from error
    return check(obj, expected, validation, duplicates)


def _copied(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of an object that came undecoded: both sides of an in-memory transport keep their own."""
    try:
        value = orjson.loads(orjson.dumps(body))
        check_depth(value)
    except (ValueError, orjson.JSONEncodeError) as error:
        raise errors.bad_request(f"the object is no JSON: {error}") from error
    return value  # type: ignore[no-any-return]


def check(
    obj: dict[str, Any], expected: Expected, validation: Validation = Validation.STRICT,
    duplicates: list[str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Check a decoded object, bring it into its kept form, and return it with warnings."""
    group, version, kind = _identify(obj, expected)
    definition = None
    if not expected.is_custom:
        gvk = (expected.group, expected.version, expected.kind) if expected.any_version else (group, version, kind)
        definition = schema.load().type_of(*gvk)
    try:
        if expected.clean is not None:
            unknown = expected.clean(obj)
        else:
            unknown = fields.clean(obj, definition) if definition else fields.clean_metadata(obj)
    except ValueError as error:
        raise _unhandled(kind, version, expected.kind, str(error)) from error
    if validation is Validation.IGNORE:
        return obj, []
    found = [f'unknown field "{path}"' for path in unknown] + [f'duplicate field "{path}"' for path in duplicates or ()]
    if found and validation is Validation.STRICT:
        listed = ", ".join(found[:MAX_REPORTED])
        raise _unhandled(kind, version, expected.kind, f"strict decoding error: {listed}")
    return obj, found[:MAX_REPORTED]


def _identify(obj: dict[str, Any], expected: Expected) -> tuple[str, str, str]:
    """Return group, version and kind of `obj`, filled in where it says nothing; a 400 if the path takes others."""
    for name in ("apiVersion", "kind"):
        if not isinstance(obj.get(name) or "", str):
            text = f"json: cannot unmarshal {_word(obj[name])} into Go struct field .{name} of type string"
            raise _unrecognized(expected, f"couldn't get version/kind; json parse error: {text}", orjson.dumps(obj))
    if expected.is_exact and (obj.get("apiVersion"), obj.get("kind")) != (expected.api_version, expected.kind):
        group, version = split_group_version(obj.get("apiVersion") or "")
        raise errors.bad_request(f"invalid object type: {group}/{version}, Kind={obj.get('kind') or ''}")
    if expected.is_custom and not obj.get("kind"):
        raise _unrecognized(expected, f"Object 'Kind' is missing in '{orjson.dumps(obj).decode()}'", orjson.dumps(obj))
    api_version = obj["apiVersion"] = obj.get("apiVersion") or expected.api_version
    kind = obj["kind"] = obj.get("kind") or expected.kind
    if api_version.count("/") > 1:
        raise _unrecognized(expected, f"unexpected GroupVersion string: {api_version}", orjson.dumps(obj))
    group, version = split_group_version(api_version)
    _check_kind(group, version, kind, expected)
    return group, version, kind


def misfit(obj: dict[str, Any], expected: Expected) -> str:
    """Return why an object that a patch has made is not of the expected kind, or nothing; built-in kinds fill in."""
    encoded = orjson.dumps(obj).decode()
    version, kind = (each if isinstance(each := obj.get(name), str) else "" for name in ("apiVersion", "kind"))
    if expected.is_custom:
        if not kind:
            return f"Object 'Kind' is missing in '{encoded}'"
        valid = version in (expected.api_version, *expected.other_versions)
        return "" if valid else f"request to convert CR from an invalid group/version: {version}"
    for name, wanted in (("apiVersion", expected.api_version), ("kind", expected.kind)):
        if not isinstance(obj.get(name) or "", str):
            text = f"json: cannot unmarshal {_word(obj[name])} into Go struct field .{name} of type string"
            return f"couldn't get version/kind; json parse error: {text}"
        obj[name] = obj.get(name) or wanted
    if obj["apiVersion"].count("/") > 1:
        return f"unexpected GroupVersion string: {version}"
    if obj["apiVersion"] in (expected.api_version, *expected.other_versions) and obj["kind"] == expected.kind:
        return ""
    return _conversion_fault(*split_group_version(obj["apiVersion"]), obj["kind"], expected)


def _conversion_fault(group: str, version: str, kind: str, expected: Expected) -> str:
    if schema.load().name_of(group, version, kind) is None:
        return f'no kind "{kind}" is registered for version "{group_version(group, version)}" in scheme {_SCHEME}'
    internal = f"{expected.group.partition('.')[0] or 'core'}.{expected.kind}"
    return f"converting ({version}.{kind}) to ({internal}): unknown conversion"


def _check_kind(group: str, version: str, kind: str, expected: Expected) -> None:
    api_version = group_version(group, version)
    same_version = expected.any_version or api_version in (expected.api_version, *expected.other_versions)
    if same_version and kind == expected.kind:
        return
    if expected.is_custom or (not same_version and kind == expected.kind):
        if kind == expected.kind:
            raise errors.bad_request(
                f"the API version in the data ({api_version}) does not match the expected API version "
                f"({expected.api_version})"
            )
        raise errors.bad_request(
            f"{kind} in version {json.dumps(version)} cannot be handled as a {expected.kind}: "
            f"unable to decode {api_version}, Kind={kind} as {expected.api_version}, Kind={expected.kind}"
        )
    raise _unhandled(kind, version, expected.kind, _conversion_fault(group, version, kind, expected))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def _unhandled(kind: str, version: str, expected: str, reason: str) -> StatusError:
    return errors.bad_request(f"{kind} in version {json.dumps(version)} cannot be handled as a {expected}: {reason}")


def _unrecognized(expected: Expected, reason: str, data: bytes) -> StatusError:
    return errors.bad_request(
        f"the object provided is unrecognized (must be of type {expected.kind}): {reason} ({_summary(data)})"
    )


def _summary(data: bytes) -> str:
    if not data:
        return "<empty>"
    shown = data[:SHOWN_BYTES]
    more = " ..." if len(data) > SHOWN_BYTES else ""
    return (shown.decode("utf-8", "replace") if data.startswith(b"{") else shown.hex()) + more


def parse_json(data: bytes) -> Any:
    """Return the value of a JSON text; raise ValueError with the message of Go's decoder."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _parse_slowly(data)
    _check_depth(value, data)
    return value


def _parse_slowly(data: bytes) -> Any:
    """Parse what the fast parser refuses: to find out why, or because Go is more lenient (broken UTF-8)."""
    try:
        value = json.loads(data.decode("utf-8", "replace"), parse_constant=json_errors.refuse_constant)
        check_depth(value)  # Newer Pythons follow deeper than the fast parser does.
        # Halves of surrogate pairs and numbers without bound can be read, but not written.
        return orjson.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise ValueError(json_errors.explain(error)) from error
    except RecursionError as error:
        raise ValueError("exceeded max depth") from error


def _check_depth(value: Any, data: bytes) -> None:
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        check_depth(value)


def check_depth(value: Any) -> None:
    """Raise ValueError if lists and maps are nested so deeply that nobody could encode them again."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item for outer in level for item in (outer.values() if type(outer) is dict else outer)
            if type(item) is dict or type(item) is list
        ] if level and isinstance(level[0], dict | list) else []
        if not level:
            return
    raise ValueError("exceeded max depth")


def _parse_json(data: bytes, strict: bool) -> tuple[dict[str, Any], list[str]]:
    value = parse_json(data)
    if type(value) is not dict:
        raise ValueError(f"json: cannot unmarshal {_kind_word(value)} into Go value of type {_HEAD}")
    duplicates = _duplicates(data) if strict and _has_duplicates(data, value) else []
    return value, duplicates


def _kind_word(value: Any) -> str:
    return "string" if isinstance(value, str) else "null" if value is None else _word(value)


def _has_duplicates(data: bytes, value: dict[str, Any]) -> bool:
    """Return whether some map may have a key twice: more keys are written than were read."""
    if b'\\\\"' in data:
        return True  # Only a parser can tell whether such a quote ends its string.
    if any(spaced in data for spaced in _SPACED_COLONS):
        written = sum(1 for _ in _KEY.finditer(data))
    else:
        written = data.count(b'":') - data.count(b'\\":')
    return written != _count_keys(value)


def _count_keys(value: Any) -> int:
    count = 0
    if type(value) is dict:
        count = len(value)
        value = value.values()
    for item in value:
        if type(item) is dict or type(item) is list:
            count += _count_keys(item)
    return count


class _Map(dict[str, Any]):
    """A map that remembers which of its keys were given twice."""

    repeated: tuple[str, ...] = ()


def _remember(pairs: list[tuple[str, Any]]) -> _Map:
    found = _Map(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        found.repeated = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found


def _duplicates(data: bytes) -> list[str]:
    """Return the paths of all keys that are given twice."""
    value = json.loads(data.decode("utf-8", "replace"), object_pairs_hook=_remember)
    return list(_repeated_in(value, ""))


def _repeated_in(value: Any, path: str) -> list[str]:
    found = []
    if isinstance(value, dict):
        found += [f"{path}.{key}" if path else key for key in getattr(value, "repeated", ())]
        for key, item in value.items():
            found += _repeated_in(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _repeated_in(item, f"{path}[{index}]")
    return found


def _parse_yaml(data: bytes, strict: bool) -> tuple[dict[str, Any], list[str]]:
    from kubewheel.api import yaml_bodies  # PyYAML is only loaded for those who send YAML.

    value, duplicates = yaml_bodies.parse(data)
    check_depth(value)
    if not isinstance(value, dict):
        raise ValueError(f"json: cannot unmarshal {_kind_word(value)} into Go value of type {_HEAD}")
    return value, duplicates if strict else []
