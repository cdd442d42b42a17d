"""Bodies in Kubernetes' protobuf encoding, which kubectl's and client-go's typed clients send.

In: bytes.  Out: the object that the same client would have sent as JSON. Answers are always JSON: those clients accept
it. Encoding: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
"""

import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import orjson

from kubewheel.libs.clock import rfc3339, rfc3339_micro

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
MAX_DEPTH = 100
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
POINTER, KEPT, INLINE, LIST, MAP = "?", "!", "<", "[", "{"
ZERO = (None, "", 0, False)

Wire = int | bytes
Fields = Mapping[str, list[str]]


class Malformed(ValueError):
    """The bytes are no message of the kind that they should be."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Field numbers of all messages, and the message of each kind."""

    kinds: Mapping[str, str]
    messages: Mapping[str, Fields]


@cache
def numbers() -> Numbers:
    """Return the field numbers; read when the first client needs them."""
    packed = resources.files("kubewheel.apiserver._generated").joinpath("protobuf_fields.json.zlib").read_bytes()
    content = json.loads(zlib.decompress(packed))
    return Numbers(content["kinds"], content["messages"])


def decode(data: bytes, gvk: tuple[str, str, str]) -> dict[str, Any]:
    """Return the object in `data`; `gvk` is the kind that is expected if the envelope names none. Raises Malformed."""
    if not data.startswith(MAGIC):
        raise Malformed("expected prefix")
    api_version, kind, raw = _envelope(data[len(MAGIC):])
    group, version, expected = gvk
    if kind:
        group, _, version = api_version.rpartition("/")
    else:
        kind, api_version = expected, f"{group}/{version}" if group else version
    path = numbers().kinds.get(f"{group}/{version}/{kind}") or numbers().kinds.get(kind)
    if path is None:
        raise Malformed(f'no kind "{kind}" is registered for version "{api_version}"')
    return {"kind": kind, "apiVersion": api_version, **_message(raw, path, 0)}


def _envelope(data: bytes) -> tuple[str, str, bytes]:
    """Return apiVersion, kind and the bytes of the object itself."""
    parts = {number: value for number, value in _walk(data) if isinstance(value, bytes)}
    meta = {number: value for number, value in _walk(parts.get(1, b"")) if isinstance(value, bytes)}
    return _text(meta.get(1, b"")), _text(meta.get(2, b"")), parts.get(2, b"")


def _varint(data: bytes, offset: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if offset >= len(data) or shift > 63:
            raise Malformed("unexpected EOF")
        byte = data[offset]
        offset += 1
        result |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return result & 0xFFFFFFFFFFFFFFFF, offset


def _walk(data: bytes) -> Iterator[tuple[int, Wire]]:
    """Yield number and value of each field."""
    offset = 0
    while offset < len(data):
        tag, offset = _varint(data, offset)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, offset = _varint(data, offset)
            yield number, value
            continue
        if wire == BYTES:
            size, offset = _varint(data, offset)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise Malformed(f"illegal wireType {wire}")
        if offset + size > len(data):
            raise Malformed("unexpected EOF")
        yield number, data[offset:offset + size]
        offset += size


def _text(value: Wire) -> str:
    return _bytes(value).decode("utf-8", "replace")


def _bytes(value: Wire) -> bytes:
    if not isinstance(value, bytes):
        raise Malformed("wrong wireType")
    return value


def _integer(value: Wire) -> int:
    if not isinstance(value, int):
        raise Malformed("wrong wireType")
    return value - (1 << 64) if value >= 1 << 63 else value


def _message(data: bytes, path: str, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise Malformed("exceeded max depth")
    fields = numbers().messages[path]
    result: dict[str, Any] = {}
    for number, value in _walk(data):
        field = fields.get(str(number))
        if field is not None:
            _put(result, field[0], field[1], value, depth + 1)
    return result


def _put(target: dict[str, Any], name: str, code: str, value: Wire, depth: int) -> None:
    """Put one field into the object that it belongs to, leaving out what JSON would leave out."""
    flag = code[0]
    if flag == INLINE:
        inner = _value(code[1:].lstrip(POINTER), value, depth)
        target.update(inner)
    elif flag in (KEPT, POINTER) and code[1] not in (LIST, MAP):
        target[name] = _value(code.lstrip(KEPT + POINTER), value, depth)
    else:
        _put_many(target, name, code.lstrip(KEPT + POINTER), value, depth)


def _put_many(target: dict[str, Any], name: str, code: str, value: Wire, depth: int) -> None:
    if code[0] == LIST:
        target.setdefault(name, []).append(_value(code[1:].lstrip(POINTER), value, depth))
    elif code[0] == MAP:
        entry = dict(_walk(_bytes(value)))
        key = _text(entry.get(1, b""))
        target.setdefault(name, {})[key] = _value(code[1:].lstrip(POINTER), entry.get(2, _empty(code[1:])), depth)
    else:
        decoded = _value(code, value, depth)
        if isinstance(decoded, dict) or decoded not in ZERO:
            target[name] = decoded


def _empty(code: str) -> Wire:
    return 0 if code[0] in "bi" else b""


def _value(code: str, value: Wire, depth: int) -> Any:
    read = SCALARS.get(code)
    return read(value) if read is not None else _message(_bytes(value), code, depth)


def _float(value: Wire) -> float:
    return float(struct.unpack("<d", _bytes(value))[0])


def _moment(value: Wire) -> tuple[int, int] | None:
    parts = dict(_walk(_bytes(value)))
    if not parts:
        return None
    return _integer(parts.get(1, 0)), _integer(parts.get(2, 0))


def _time(value: Wire) -> str | None:
    moment = _moment(value)
    return rfc3339(moment[0]) if moment else None


def _micro_time(value: Wire) -> str | None:
    moment = _moment(value)
    return rfc3339_micro(moment[0] + moment[1] / 1e9) if moment else None


def _duration(value: Wire) -> str:
    nanoseconds = _integer(dict(_walk(_bytes(value))).get(1, 0))
    return f"{nanoseconds / 1e9:g}s"


def _quantity(value: Wire) -> str:
    return _text(dict(_walk(_bytes(value))).get(1, b"")) or "0"


def _int_or_string(value: Wire) -> int | str:
    parts = dict(_walk(_bytes(value)))
    return _text(parts.get(3, b"")) if _integer(parts.get(1, 0)) == 1 else _integer(parts.get(2, 0))


def _raw(value: Wire) -> Any:
    text = _bytes(dict(_walk(_bytes(value))).get(1, b""))
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(str(error)) from error


def _texts(value: Wire) -> list[str]:
    return [_text(item) for number, item in _walk(_bytes(value)) if number == 1]


SCALARS: Mapping[str, Callable[[Wire], Any]] = {
    "s": _text, "b": lambda value: bool(_integer(value)), "i": _integer, "d": _float,
    "y": lambda value: base64.b64encode(_bytes(value)).decode(), "T": _time, "M": _micro_time, "D": _duration,
    "Q": _quantity, "I": _int_or_string, "R": _raw, "L": _texts,
}
