"""The pod-template-hash: which template a ReplicaSet stands for, short enough for names and labels."""

from typing import Any

import orjson

from kubewheel.libs.wire import Object

LABEL = "pod-template-hash"
# No vowels, no 0 1 3: names that say nothing by accident.
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF


def template_hash(template: Object, collisions: int = 0) -> str:
    """Return the hash of a pod template; `collisions` gives another one when the name is taken."""
    text = orjson.dumps(template, option=orjson.OPT_SORT_KEYS)
    return encode(fnv32a(text + (str(collisions).encode() if collisions else b"")))


def fnv32a(data: bytes) -> int:
    """Return the 32-bit FNV-1a hash."""
    value = _OFFSET
    for byte in data:
        value = ((value ^ byte) * _PRIME) & _MASK
    return value


def encode(number: int) -> str:
    """Return `number` in letters that are safe in names."""
    return "".join(LETTERS[ord(digit) % len(LETTERS)] for digit in str(number))


def without_hash(template: Object) -> dict[str, Any]:
    """Return a template for comparison: without the hash label and without empty metadata."""
    metadata: dict[str, Any] = dict(template.get("metadata") or {})
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key != LABEL}
    return {"metadata": {name: value for name, value in metadata.items() if value}, "spec": template.get("spec")}
