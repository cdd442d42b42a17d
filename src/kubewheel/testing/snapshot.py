"""Snapshots: a cluster's whole state in one file, and the read-only view of an earlier revision.

The file holds JSON lines: a header with revision and time, then each stored object with its place and revision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from kubewheel.storage import Entry, Key

FORMAT = "kubewheel-snapshot/1"


@dataclass(frozen=True, slots=True)
class State:
    """All live objects as of `revision`, at wall time `now`."""

    entries: tuple[Entry, ...]
    revision: int
    now: float


def write(path: Path, state: State) -> None:
    """Write `state` to `path`."""
    header = {"format": FORMAT, "revision": state.revision, "now": state.now, "objects": len(state.entries)}
    lines = [orjson.dumps(header), *(_line(entry) for entry in state.entries)]
    path.write_bytes(b"\n".join(lines) + b"\n")


def _line(entry: Entry) -> bytes:
    place = orjson.dumps([*entry.key, entry.revision])
    return b'{"place":%b,"object":%b}' % (place, entry.encoded)


def read(path: Path) -> State:
    """Return what `path` holds; raise ValueError if it is no snapshot."""
    head, *lines = path.read_bytes().splitlines()
    try:
        header = orjson.loads(head)
    except orjson.JSONDecodeError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"{path} is no snapshot of a cluster (expected {FORMAT} in its first line)")
    entries = tuple(_entry(line) for line in lines)
    if len(entries) != header["objects"]:
        raise ValueError(f"{path} is cut short: {len(entries)} of {header['objects']} objects")
    return State(entries, header["revision"], header["now"])


def _entry(line: bytes) -> Entry:
    found = orjson.loads(line)
    resource, namespace, name, revision = found["place"]
    return Entry(Key(resource, namespace, name), revision, None, orjson.dumps(found["object"]))


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return `entries` in the order of their revisions."""
    return tuple(sorted(entries, key=lambda each: each.revision))
