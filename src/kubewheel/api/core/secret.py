"""Secret: what is to be known to few; some types have a form."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.api import cells, kinds
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import key_value_data
from kubewheel.api.validation.faults import Faults, immutable, invalid, required
from kubewheel.libs.wire import Object

ACCOUNT_NAME = "kubernetes.io/service-account.name"
REDACTED = "<secret contents redacted>"
TLS = "kubernetes.io/tls"
LOGIN_WORDS = ("password", "passwd", "username", "token")
NEWLINE = "data[{key}]: ends with a newline, which is part of the value; `echo -n` and `printf` add none"
_JSON_NOUNS: Mapping[type, str] = {list: "array", str: "string", bool: "bool"}


def default(obj: dict[str, Any]) -> None:
    """Move plain texts to where they are kept, and name the type."""
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode((value or "").encode()).decode() for key, value in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}
    if not obj.get("type"):
        obj["type"] = "Opaque"


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text or "")
    except binascii.Error:
        return b""


def _validate_json(data: Object, key: str) -> Faults:
    if key not in data:
        return [required(f"data[{key}]")]
    try:
        value = json.loads(_bytes(data[key]))
    except ValueError as error:
        return [invalid(f"data[{key}]", REDACTED, _json_fault(_bytes(data[key]), str(error)))]
    if isinstance(value, dict) or value is None:
        return []
    noun = _JSON_NOUNS.get(type(value), "number")
    detail = f"json: cannot unmarshal {noun} into Go value of type map[string]interface {{}}"
    return [invalid(f"data[{key}]", REDACTED, detail)]


def _json_fault(content: bytes, message: str) -> str:
    return message if content.strip() else "unexpected end of JSON input"


def _validate_basic_auth(data: Object) -> Faults:
    if "username" in data or "password" in data:
        return []
    return [required("data[username]"), required("data[password]")]


def _validate_ssh(data: Object) -> Faults:
    return [] if data.get("ssh-privatekey") else [required("data[ssh-privatekey]")]


def _validate_tls(data: Object) -> Faults:
    return [required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]


_FORMS: Mapping[str, Callable[[Object], Faults]] = {
    "kubernetes.io/dockercfg": lambda data: _validate_json(data, ".dockercfg"),
    "kubernetes.io/dockerconfigjson": lambda data: _validate_json(data, ".dockerconfigjson"),
    "kubernetes.io/basic-auth": _validate_basic_auth,
    "kubernetes.io/ssh-auth": _validate_ssh,
    TLS: _validate_tls,
}


def validate(obj: Object) -> list[FieldError]:
    """Check keys, size, and the form that the type demands."""
    data, kind = obj.get("data") or {}, obj.get("type") or ""
    faults = key_value_data.validate_keys(data, "data")
    size = sum(key_value_data.decoded_size(value or "") for value in data.values())
    faults += key_value_data.validate_size(size, "data")
    if kind == "kubernetes.io/service-account-token":
        if not ((obj.get("metadata") or {}).get("annotations") or {}).get(ACCOUNT_NAME):
            faults.append(required(f"metadata.annotations[{ACCOUNT_NAME}]"))
    elif kind in _FORMS:
        faults += _FORMS[kind](data)
    return faults


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that the type stays, and an immutable Secret all that it is."""
    faults = immutable("type", new.get("type") or "", old.get("type") or "")
    return faults + key_value_data.validate_frozen(new, old, "data")


def warnings(obj: Object) -> list[str]:
    """Warn of a TLS Secret that no server could use, and of words to log in with that end with a newline."""
    data = obj.get("data") or {}
    if obj.get("type") != TLS:
        return [NEWLINE.format(key=key) for key, value in sorted(data.items()) if _has_stray_newline(key, value)]
    for key, noun in (("tls.crt", "certificate"), ("tls.key", "key")):
        if b"-----BEGIN " not in _bytes(data.get(key) or ""):
            return [f"tls: failed to find any PEM data in {noun} input"]
    return []


def _has_stray_newline(key: str, value: str | None) -> bool:
    """Tell whether a single word, by its key one to log in with, ends with what `echo` adds."""
    if not any(word in key.lower() for word in LOGIN_WORDS):
        return False
    content = _bytes(value or "")
    return content.endswith(b"\n") and content.count(b"\n") == 1


def _type(obj: Object) -> str:
    return str(obj.get("type") or "")


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a Secret."""
    return obj["metadata"].get("name"), _type(obj), len(obj.get("data") or {}), cells.age(obj, now)


KIND = kinds.Kind(
    group="", kind="Secret",
    default=default, validate=validate, validate_update=validate_update, warnings=warnings,
    columns=(
        kinds.NAME, kinds.Column("Type", description="What the data is used for."),
        kinds.Column("Data", description="How many keys there are."), kinds.AGE,
    ),
    row=row, selectable={"type": _type},
)
