"""Keys and values as ConfigMaps and Secrets hold them."""

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, forbidden, too_long
from kubewheel.libs.wire import Object

SIZE = 1024 * 1024
FROZEN = "field is immutable when `immutable` is set"


def text_size(text: str) -> int:
    """Return how many bytes a text takes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def decoded_size(text: str) -> int:
    """Return how many bytes a base64 text stands for."""
    return len(text) * 3 // 4 - text[-2:].count("=")


def validate_keys(data: Object, path: str) -> Faults:
    """Check the keys of `data`."""
    faults: Faults = []
    for key in data:
        faults += each(f"{path}[{key}]", key, names.config_map_key(key))
    return faults


def validate_size(size: int, path: str) -> Faults:
    """Check how large the values are together."""
    return [too_long(path, SIZE)] if size > SIZE else []


def validate_frozen(new: Object, old: Object, *fields: str) -> Faults:
    """Check that an object which was declared immutable stays what it is."""
    if not old.get("immutable"):
        return []
    faults = [] if new.get("immutable") else [forbidden("immutable", FROZEN)]
    return faults + [forbidden(name, FROZEN) for name in fields if (new.get(name) or {}) != (old.get(name) or {})]
