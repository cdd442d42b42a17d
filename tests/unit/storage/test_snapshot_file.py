"""Snapshot files keep places, revisions and time; anything else is refused by name."""

import orjson
import pytest

from kubewheel.storage import Entry, Key, snapshot_file
from kubewheel.storage.snapshot_file import State


def entry(name: str, revision: int, namespace: str = "default") -> Entry:
    content = {"metadata": {"name": name, "resourceVersion": str(revision)}, "data": {"text": "a\nb\u2028c"}}
    return Entry(Key("configmaps", namespace, name), revision, None, orjson.dumps(content))


STATE = State((entry("a", 3), entry("b", 7, "")), 9, 1_800_000_000.5, {"domain": "cluster.local"})


def test_what_is_written_is_read():
    found = snapshot_file.decode(snapshot_file.encode(STATE), "f")
    assert (found.revision, found.now, found.about) == (9, 1_800_000_000.5, {"domain": "cluster.local"})
    assert [(each.key, each.revision, each.encoded) for each in found.entries] == [
        (each.key, each.revision, each.encoded) for each in STATE.entries
    ]


def test_order_is_that_of_revisions():
    assert snapshot_file.in_order([STATE.entries[1], STATE.entries[0]]) == STATE.entries


@pytest.mark.parametrize(("content", "message"), [
    pytest.param(b"", "f is no snapshot of a cluster", id="empty"),
    pytest.param(b"{}\n", "f is no snapshot of a cluster", id="other"),
    pytest.param(b"[1]\n", "f is no snapshot of a cluster", id="list"),
    pytest.param(snapshot_file.encode(STATE).rsplit(b"\n", 2)[0], "f is cut short: 1 of 2 objects", id="short"),
    pytest.param(snapshot_file.encode(STATE).replace(b'"place"', b'"pl', 1), "f, line 2 is damaged", id="no-json"),
    pytest.param(snapshot_file.encode(STATE).replace(b'"place"', b'"p"', 1), "f, line 2 is damaged", id="no-place"),
])
def test_what_is_no_snapshot_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        snapshot_file.decode(content, "f")
