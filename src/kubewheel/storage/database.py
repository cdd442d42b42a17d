"""The SQLite file: one table of versions, oldest first. Everything here blocks and runs on one thread.

A write appends one row, a removal appends a row that marks it. Rows that the window of history and the live state need
no more are deleted in passing; `floor` names the revision up to which that has happened. So the file holds the newest
version of every object and the window of events, each body once, and reading it in order rebuilds the view.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kubewheel.storage.protocol import Unavailable

APPLICATION_ID = 0x4B575354  # "KWST", so that `file` and we ourselves know the file as ours.
SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE versions (
    revision INTEGER PRIMARY KEY,
    deleted INTEGER NOT NULL,
    resource TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE floor (revision INTEGER NOT NULL);
INSERT INTO floor VALUES (0);
"""


class Version(NamedTuple):
    """One row: an object as it was written at `revision`, or as it was when it was `deleted` there."""

    revision: int
    deleted: bool
    resource: str
    namespace: str
    name: str
    body: bytes


class Database:
    """An open file, locked against other processes for as long as it is open; `wipes` zeroes what is deleted."""

    def __init__(self, path: Path, *, wipes: bool = False) -> None:
        self._path = path
        self._wipes = wipes
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the file, making it where there is none; raise Unavailable if it is in use or not ours."""
        try:
            # Made before SQLite opens it: the journals take their mode from it, and Secrets lie in it.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._path.chmod(0o600)
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(f"cannot open the store {self._path}: {error}") from error
        try:
            self._prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            raise Unavailable(self._explain(error)) from error
        except Unavailable:
            connection.close()
            raise
        self._connection = connection

    def _explain(self, error: sqlite3.Error) -> str:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"the store {self._path} is in use by another process; stop that one first"
        if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return f"the store {self._path} is damaged or no SQLite file ({error}); restore it from a backup"
        return f"cannot open the store {self._path}: {error}"

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Exclusive before WAL: the lock is then held from the first access on, and no shared-memory file is needed.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA secure_delete={'ON' if self._wipes else 'OFF'}")
        connection.execute("BEGIN IMMEDIATE")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif application != APPLICATION_ID:
            raise Unavailable(f"{self._path} is no Kubewheel store; choose another data directory")
        elif version != SCHEMA_VERSION:
            raise Unavailable(f"the store {self._path} has format {version}, this release reads {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    @property
    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise Unavailable(f"the store {self._path} is closed")
        return self._connection

    def floor(self) -> int:
        """Return the revision up to which versions were deleted."""
        (revision,) = self._open_connection.execute("SELECT revision FROM floor").fetchone()
        return int(revision)

    def versions(self) -> Iterator[Version]:
        """Yield all versions, oldest first."""
        cursor = self._open_connection.execute(
            "SELECT revision, deleted, resource, namespace, name, body FROM versions ORDER BY revision"
        )
        return map(Version._make, cursor)

    def commit(self, versions: Sequence[Version], dead: Sequence[int], floor: int) -> None:
        """Append `versions` and delete `dead` ones in one durable transaction; raise Unavailable if that fails."""
        connection = self._open_connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", versions)
            if dead:
                connection.executemany("DELETE FROM versions WHERE revision = ?", ((revision,) for revision in dead))
                connection.execute("UPDATE floor SET revision = ?", (floor,))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back(connection)
            raise Unavailable(f"cannot write to the store {self._path}: {error}") from error

    def fill(self, versions: Sequence[Version], floor: int) -> None:
        """Put `versions` in place of everything; what came before revision `floor` counts as compacted."""
        connection = self._open_connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM versions")
            connection.executemany("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", versions)
            connection.execute("UPDATE floor SET revision = ?", (floor,))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back(connection)
            raise Unavailable(f"cannot write to the store {self._path}: {error}") from error

    def reseal(self, bodies: Sequence[tuple[bytes, int]]) -> None:
        """Put other bodies in place of those at the given revisions, and leave nothing of the old ones in the file."""
        connection = self._open_connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("UPDATE versions SET body = ? WHERE revision = ?", bodies)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            self._roll_back(connection)
            raise Unavailable(f"cannot write to the store {self._path}: {error}") from error

    @staticmethod
    def _roll_back(connection: sqlite3.Connection) -> None:
        if connection.in_transaction:  # Severe errors end the transaction by themselves.
            try:
                connection.execute("ROLLBACK")
            except sqlite3.Error:
                return  # The transaction stays open; the next BEGIN fails and is reported.

    def close(self) -> None:
        """Close the file; repeatable."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
