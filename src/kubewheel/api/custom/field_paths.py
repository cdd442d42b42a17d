"""Paths of fields that rules blame: `.spec.name` and `.spec['a.b']`, below the value that a rule is about."""

import re

from kubewheel.api.custom import structure
from kubewheel.libs.wire import Object

_STEP = re.compile(r"\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\]")
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "'": "'", "\\": "\\"}


def parse(path: str, schema: Object) -> str | None:
    """Return a path as errors show it, without a dot before it; None if it leads nowhere in the schema."""
    shown, part, place = "", schema, 0
    while place < len(path):
        match = _STEP.match(path, place)
        name = None if match is None else match[1] if match[1] is not None else _unescaped(match[2])
        found = None if name is None else structure.property_of(part, name)
        if match is None or name is None or found is None:
            return None
        shown += f".{name}" if name in (part.get("properties") or {}) else f"[{name}]"
        part, place = found, match.end()
    return shown.removeprefix(".")


def _unescaped(text: str) -> str | None:
    if any(letter not in _ESCAPES for letter in _ESCAPED.findall(text)):
        return None
    return _ESCAPED.sub(lambda match: _ESCAPES[match[1]], text)
