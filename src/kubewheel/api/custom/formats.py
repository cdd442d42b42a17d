"""Formats of strings in schemas; a format that nobody knows forbids nothing."""

import base64
import binascii
import ipaddress
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from urllib.parse import urlsplit

from kubewheel.api import names

_DURATION = re.compile(
    r"[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)\s*(?:ns|us|µs|μs|ms|s|m|h|d|w|"
    r"nanos?|nanoseconds?|micros?|microseconds?|millis?|milliseconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|"
    r"days?|wks?|weeks?)\s*)+)"
)
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_HEX_COLOR = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_RGB = r"(?:0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])"
_RGB_COLOR = re.compile(rf"rgb\(\s*{_RGB}\s*,\s*{_RGB}\s*,\s*{_RGB}\s*\)")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}(?:(?:\1[0-9A-Fa-f]{2}){2})?)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)*")
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_SSN = re.compile(r"\d{3}[- ]?\d{2}[- ]?\d{4}")
_ISBN10, _ISBN13 = re.compile(r"(?:\d{9}X|\d{10})"), re.compile(r"\d{13}")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)")


def _tries(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, binascii.Error):
            return False
        return True

    return check


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _uuid(version: int | None = None) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            found = uuid.UUID(value)
        except ValueError:
            return False
        return version is None or found.version == version

    return check


def _date_time(value: str) -> bool:
    if _DATE_TIME.fullmatch(value) is None:
        return False
    return _tries(datetime.fromisoformat)(value.upper().replace("Z", "+00:00"))


def _uri(value: str) -> bool:
    try:
        found = urlsplit(value)
    except ValueError:
        return False
    return bool(found.scheme) or value.startswith("/")


def _hostname(value: str) -> bool:
    return len(value) <= 255 and all(_HOST.fullmatch(part) for part in value.removesuffix(".").split("."))


def _cidr(value: str) -> bool:
    return "/" in value and _tries(lambda text: ipaddress.ip_network(text, strict=False))(value)


def _isbn10(value: str) -> bool:
    digits = value.replace("-", "").replace(" ", "")
    if _ISBN10.fullmatch(digits) is None:
        return False
    return sum((index + 1) * (10 if each == "X" else int(each)) for index, each in enumerate(digits)) % 11 == 0


def _isbn13(value: str) -> bool:
    digits = value.replace("-", "").replace(" ", "")
    if _ISBN13.fullmatch(digits) is None:
        return False
    return sum(int(each) * (3 if index % 2 else 1) for index, each in enumerate(digits)) % 10 == 0


def _credit_card(value: str) -> bool:
    digits = re.sub(r"\D", "", value)
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [int(each) * (1 + index % 2) for index, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "bsonobjectid": _matches(_OBJECT_ID), "uri": _uri, "email": _matches(_EMAIL), "hostname": _hostname,
    "ipv4": _tries(ipaddress.IPv4Address), "ipv6": _tries(ipaddress.IPv6Address), "cidr": _cidr,
    "mac": _matches(_MAC), "uuid": _uuid(), "uuid3": _uuid(3), "uuid4": _uuid(4), "uuid5": _uuid(5),
    "isbn": lambda value: _isbn10(value) or _isbn13(value), "isbn10": _isbn10, "isbn13": _isbn13,
    "creditcard": _credit_card, "ssn": _matches(_SSN), "hexcolor": _matches(_HEX_COLOR),
    "rgbcolor": _matches(_RGB_COLOR), "byte": _tries(lambda text: base64.b64decode(text, validate=True)),
    "date": _tries(date.fromisoformat), "duration": _matches(_DURATION), "date-time": _date_time,
    "datetime": _date_time, "k8s-short-name": lambda value: not names.dns_label(value),
    "k8s-long-name": lambda value: not names.dns_subdomain(value),
}
INTEGERS: Mapping[str, int] = {"int32": 31, "int64": 63}


def is_valid(value: str, form: str) -> bool:
    """Tell whether `value` has the format `form`."""
    check = FORMATS.get(form.replace("_", "-"))
    return check is None or check(value)
