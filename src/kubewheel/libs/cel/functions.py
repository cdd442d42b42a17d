"""Libraries of functions that expressions of Kubernetes may use: strings, lists, sets, math, regex, URLs, addresses.

Values that CEL has no type for (URLs, addresses) are maps that say what they are; equal ones are equal.
Reference: https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
"""

import base64
import ipaddress
import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubewheel.libs.cel import engine

KIND = "kind__"


def opaque(kind: str, text: str) -> dict[str, str]:
    """Return a value of a type that CEL does not have."""
    return {KIND: kind, "text": text}


def is_opaque(value: Any, kind: str) -> bool:
    """Tell whether `value` is of that type."""
    return isinstance(value, dict) and value.get(KIND) == kind


def _can(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


def _ip(text: Any) -> Any:
    if is_opaque(text, "cidr"):
        return opaque("ip", str(ipaddress.ip_interface(text["text"]).ip))
    return opaque("ip", str(_address(text)))


def _address(value: Any) -> Any:
    text = value["text"] if isinstance(value, dict) else value
    if "%" in text:
        raise ValueError(f'IP address "{text}" with zone value is not allowed')
    found = ipaddress.ip_address(text)
    if getattr(found, "ipv4_mapped", None):
        raise ValueError(f'IPv4-mapped IPv6 address "{text}" is not allowed')
    return found


def _interface(value: Any) -> Any:
    text = value["text"] if isinstance(value, dict) else value
    if "/" not in text:
        raise ValueError(f'network address parse error during conversion from string: netip.ParsePrefix("{text}"): '
                         "no '/'")
    return ipaddress.ip_interface(text)


def _contains_cidr(outer: Any, inner: Any) -> bool:
    mine, other = _interface(outer).network, _interface(inner).network
    return bool(mine.version == other.version and other.subnet_of(mine))


def _url(text: str) -> Any:
    parts = urlsplit(text)
    if not (parts.scheme and (parts.netloc or parts.path.startswith("/"))) and not text.startswith("/"):
        raise ValueError(f'URL parse error during conversion from string: parse "{text}": invalid URI for request')
    return opaque("url", text)


def _parts(value: Any) -> Any:
    return urlsplit(value["text"])


def _index_of(value: Any, wanted: Any, start: int = 0) -> int:
    if isinstance(value, str):
        return value.find(wanted, start)
    return next((index for index, each in enumerate(value) if each == wanted), -1)


def _last_index_of(value: Any, wanted: Any) -> int:
    if isinstance(value, str):
        return value.rfind(wanted)
    return next((index for index in range(len(value) - 1, -1, -1) if value[index] == wanted), -1)


def _char_at(value: str, index: int) -> str:
    if not 0 <= index <= len(value):
        raise ValueError(f"index out of range: {index}")
    return value[index:index + 1]


def _substring(value: str, start: int, end: int | None = None) -> str:
    end = len(value) if end is None else end
    if not 0 <= start <= end <= len(value):
        raise ValueError(f"invalid substring range. start: {start}, end: {end}")
    return value[start:end]


def _split(value: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if not separator:
        return list(value) if limit < 0 else [*value[:limit - 1], value[limit - 1:]]
    return value.split(separator, -1 if limit < 0 else limit - 1)


def _find_all(value: str, pattern: str, limit: int = -1) -> list[str]:
    found = [match[0] for match in re.finditer(pattern, value)]
    return found if limit < 0 else found[:limit]


def _find(value: str, pattern: str) -> str:
    match = re.search(pattern, value)
    return match[0] if match else ""


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return f"[{', '.join(_shown(each) for each in value)}]"
    if isinstance(value, dict):
        if KIND in value:
            return str(value["text"])
        return "{" + ", ".join(f"{_shown(key)}: {_shown(item)}" for key, item in sorted(value.items())) + "}"
    return str(value)


_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {
    "s": _shown, "d": lambda value: str(int(value)), "b": lambda value: f"{int(value):b}",
    "o": lambda value: f"{value:o}",
    "x": lambda value: f"{value:x}" if isinstance(value, int) else value.encode().hex(),
    "X": lambda value: f"{value:X}" if isinstance(value, int) else value.encode().hex().upper(),
}


def _format(template: str, values: list[Any]) -> str:
    given = iter(values)

    def replaced(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        try:
            value = next(given)
        except StopIteration:
            raise ValueError(f"index {len(values)} out of range") from None
        if match[2] in "fe":
            return f"{float(value):.{match[1] or 6}{match[2]}}"
        return _CONVERSIONS[match[2]](value)

    return re.sub(r"%(?:%|(?:\.(\d+))?([sdboxXfe]))", replaced, template)


def _flatten(value: list[Any], depth: int = 1) -> list[Any]:
    result: list[Any] = []
    for each in value:
        result += _flatten(each, depth - 1) if isinstance(each, list) and depth > 0 else [each]
    return result


def _distinct(value: list[Any]) -> list[Any]:
    result: list[Any] = []
    for each in value:
        if each not in result:
            result.append(each)
    return result


def _pairs(value: Any) -> list[dict[str, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    return [{"k": key, "v": item} for key, item in entries]


def _held(value: Any) -> Any:
    """Return what an optional value holds, or what is none itself; KeyError if nothing is held."""
    if isinstance(value, engine.OptionalValue):
        if not value.has_value():
            raise KeyError
        return value.value()
    return value


def _select(value: Any, key: Any) -> Any:
    try:
        held = _held(value)
        if isinstance(held, list) and not 0 <= key < len(held):
            raise KeyError
        return engine.OptionalValue.of(held[key])
    except KeyError:
        return engine.OptionalValue.none()


def _least(*values: Any) -> Any:
    return min(values[0] if len(values) == 1 and isinstance(values[0], list) else values)


def _greatest(*values: Any) -> Any:
    return max(values[0] if len(values) == 1 and isinstance(values[0], list) else values)


def _total(value: list[Any]) -> Any:
    return sum(value[1:], value[0]) if value else 0


def _trim(value: str) -> str:
    return value.strip()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    # strings
    "charAt": _char_at, "indexOf": _index_of, "lastIndexOf": _last_index_of, "substring": _substring,
    "lowerAscii": lambda value: re.sub("[A-Z]+", lambda match: match[0].lower(), value),
    "upperAscii": lambda value: re.sub("[a-z]+", lambda match: match[0].upper(), value),
    "replace": lambda value, old, new, count=-1: value.replace(old, new, count),
    "split": _split, "join": lambda value, separator="": separator.join(value), "trim": _trim,
    "reverse": lambda value: value[::-1], "format": _format, "find": _find, "findAll": _find_all,
    "strings_quote": lambda value: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "base64_encode": lambda value: base64.b64encode(value).decode(),
    "base64_decode": lambda value: base64.b64decode(value),
    # lists and sets
    "isSorted": lambda value: all(left <= right for left, right in itertools.pairwise(value)),
    "sum": _total, "min": min, "max": max, "sort": sorted, "distinct": _distinct, "flatten": _flatten,
    "slice": lambda value, start, end: value[start:end], "lists_range": lambda count: list(range(count)),
    "first": lambda value: _select(value, 0), "last": lambda value: _select(value, len(value) - 1),
    "sets_contains": lambda value, other: all(each in value for each in other),
    "sets_intersects": lambda value, other: any(each in value for each in other),
    "sets_equivalent": lambda value, other: all(each in value for each in other) and all(
        each in other for each in value
    ),
    "pairs__": _pairs, "fromPairs__": lambda value: {each["k"]: each["v"] for each in value},
    # optional values
    "optSelect__": _select, "optIndex__": _select,
    "optList__": lambda value: [value.value()] if value.has_value() else [],
    "optFirst__": lambda value: engine.OptionalValue.of(value[0]) if value else engine.OptionalValue.none(),
    "optFlat__": lambda value: value[0] if value else engine.OptionalValue.none(),
    # math
    "math_least": _least, "math_greatest": _greatest, "math_abs": abs,
    "math_ceil": lambda value: float(math.ceil(value)),
    "math_floor": lambda value: float(math.floor(value)), "math_round": lambda value: float(round(value)),
    "math_trunc": lambda value: float(math.trunc(value)), "math_isNaN": math.isnan, "math_isInf": math.isinf,
    "math_sign": lambda value: (value > 0) - (value < 0),
    # URLs
    "url": _url, "isURL": _can(_url), "getScheme": lambda value: _parts(value).scheme,
    "getHost": lambda value: _parts(value).netloc.rpartition("@")[2],
    "getHostname": lambda value: _parts(value).hostname or "",
    "getPort": lambda value: str(_parts(value).port or ""), "getEscapedPath": lambda value: _parts(value).path,
    "getQuery": lambda value: parse_qs(_parts(value).query, keep_blank_values=True),
    # addresses
    "ip": _ip, "isIP": _can(_address), "ip_isCanonical": lambda text: str(_address(text)) == text,
    "family": lambda value: _address(value).version, "isUnspecified": lambda value: _address(value).is_unspecified,
    "isLoopback": lambda value: _address(value).is_loopback,
    "isLinkLocalMulticast": lambda value: str(_address(value)).startswith(("224.0.0.", "ff02:")),
    "isLinkLocalUnicast": lambda value: _address(value).is_link_local,
    "isGlobalUnicast": lambda value: not (
        _address(value).is_multicast or _address(value).is_loopback or _address(value).is_unspecified
        or _address(value).is_link_local
    ),
    "cidr": lambda text: opaque("cidr", str(_interface(text))), "isCIDR": _can(_interface),
    "containsIP": lambda value, other: _address(other) in _interface(value).network, "containsCIDR": _contains_cidr,
    "masked": lambda value: opaque("cidr", str(_interface(value).network)),
    "prefixLength": lambda value: _interface(value).network.prefixlen,
}
