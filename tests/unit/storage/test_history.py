"""History: what is compacted, and which versions that frees."""

from kubewheel.storage import Entry, Event, Key
from kubewheel.storage.history import History, Window

KEY = Key("r", "", "a")


def entry(revision: int, size: int = 2) -> Entry:
    return Entry(KEY, revision, None, b"x" * size)


def life(history: History, size: int = 2) -> None:
    """A creation at 2, changes at 3 and 4, a deletion at 5."""
    versions = [entry(revision, size) for revision in range(2, 6)]
    history.add(Event("ADDED", versions[0], None))
    history.add(Event("MODIFIED", versions[1], versions[0]))
    history.add(Event("MODIFIED", versions[2], versions[1]))
    history.add(Event("DELETED", versions[3], versions[2]))


def test_compaction_frees_what_nothing_refers_to() -> None:
    history = History(Window(events=1))
    life(history)
    assert history.trim() == [2, 3]
    assert history.floor == 4
    assert [event.revision for event in history.since("r", 4)] == [5]
    history.add(Event("ADDED", entry(6), None))
    # With the deletion, what it deleted and its own version go.
    assert history.trim() == [4, 5]


def test_bytes_count_only_what_history_alone_keeps() -> None:
    history = History(Window(size_bytes=250, least=0))
    life(history, 100)  # Three superseded versions and the deleted one: 400 bytes.
    assert history.trim() == [2, 3]
    assert history.floor == 4


def test_undo_finds_the_oldest_change_since() -> None:
    history = History(Window())
    life(history)
    past = history.undo("r", "", 2)
    assert past[("", "a")] is not None
    assert past["", "a"].revision == 2  # type: ignore[union-attr]
    assert history.undo("r", "", 1) == {("", "a"): None}
    assert history.undo("r", "other", 1) == {}
