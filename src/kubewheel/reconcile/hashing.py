"""Short hashes of parts of objects, safe in names and labels."""

from typing import Any

import orjson

# No vowels, no 0 1 3: names that say nothing by accident.
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF


def short_hash(value: Any, collisions: int = 0) -> str:
    """Return the hash of a JSON value; `collisions` gives another one when the name is taken."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
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
