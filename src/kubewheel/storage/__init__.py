"""Storage: revisioned objects with compare-and-swap and watches; etcd's semantics, whatever the engine.

In: keys, decoded objects, expected revisions.  Out: entries and events in the order of their revisions.
Only `apiserver`, `launch` and `testing` may import it. Engines: `memory.MemoryStore`, `sqlite.SqliteStore`.
"""

from kubewheel.storage.protocol import (
    Compacted,
    Conflict,
    Entry,
    Event,
    Key,
    Snapshot,
    Store,
    Unavailable,
    Watch,
)

__all__ = ["Compacted", "Conflict", "Entry", "Event", "Key", "Snapshot", "Store", "Unavailable", "Watch"]
