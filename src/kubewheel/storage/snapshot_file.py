"""Snapshot files: a store's whole state as JSON lines, to be kept, moved, and begun from.

The first line is a header with revision and time; then comes each live object with its place and revision, oldest
first. Test clusters and real ones read and write the same form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kubewheel.libs import kept_json
from kubewheel.storage.protocol import Entry, Key

FORMAT = "kubewheel-snapshot/1"


@dataclass(frozen=True, slots=True)
class State:
    """All live objects as of `revision`, at wall time `now`; `about` says what they depend on: address ranges."""

    entries: tuple[Entry, ...]
    revision: int
    now: float
    about: Mapping[str, Any] = field(default_factory=dict)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return `entries` in the order of their revisions."""
    return tuple(sorted(entries, key=lambda each: each.revision))


def encode(state: State) -> bytes:
    """Return `state` as the content of a file."""
    header = {
        "format": FORMAT, "revision": state.revision, "now": state.now, "objects": len(state.entries),
        "about": dict(state.about),
    }
    return b"\n".join([orjson.dumps(header), *(_line(entry) for entry in state.entries)]) + b"\n"


def _line(entry: Entry) -> bytes:
    place = orjson.dumps([*entry.key, entry.revision])
    return b'{"place":%b,"object":%b}' % (place, entry.encoded)


def decode(content: bytes, origin: str) -> State:
    """Return the state in `content`; raise ValueError, naming `origin`, if that is no whole snapshot."""
    head, _, rest = content.partition(b"\n")
    header = _parsed(head)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"{origin} is no snapshot of a cluster (expected {FORMAT} in its first line)")
    lines = rest.splitlines()
    if len(lines) != header["objects"]:
        raise ValueError(f"{origin} is cut short: {len(lines)} of {header['objects']} objects")
    entries = tuple(_entry(line, f"{origin}, line {number}") for number, line in enumerate(lines, 2))
    return State(entries, header["revision"], header["now"], header.get("about") or {})


def _entry(line: bytes, origin: str) -> Entry:
    found = _parsed(line)
    try:
        resource, namespace, name, revision = found["place"]
        return Entry(Key(resource, namespace, name), int(revision), None, kept_json.dumps(found["object"]))
    except (TypeError, KeyError, ValueError):
        raise ValueError(f"{origin} is damaged: expected an object with its place") from None


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def read(path: Path) -> State:
    """Return the state in the file at `path`; raise ValueError if it is no snapshot."""
    return decode(path.read_bytes(), str(path))
