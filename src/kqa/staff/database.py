"""The database of what staff keep: opened, migrated, read and written here and nowhere else.

Owns the connection, the schema with its versions, and what an error of the library
becomes. Knows nothing of what the rows mean: ``verdicts`` and ``queue`` do.

**Why plain sqlite3 and no SQLAlchemy.** A clinic's verdicts are four small tables with
one statement each way. The seam that another engine needs is two methods, ``rows`` and
``insert``/``update`` on a ``Session``, fed with standard SQL and named parameters
(``:name``); an engine for PostgreSQL turns ``:name`` into ``%(name)s``, the one column
type that differs (``{identity}`` in the migrations) into its own, and its errors into
``Unreachable``. A mapper of 20 MB would save none of the three. No other file imports a
database's library; a test of the architecture says so.

**What is promised.** Each transaction is on disk, whole or not at all, before ``write``
returns: SIGKILL or a power cut loses none that was confirmed (write-ahead log, full
synchronisation). Several processes may write: one waits for the other up to
``WAIT_SECONDS``. Values never become SQL. The file is made with mode 600, and only when
something is first kept.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kqa.errors import SettingsError, Unreachable

WAIT_SECONDS = 15.0
"""How long one writer waits for another."""

Value = str | int | float | None
Row = Mapping[str, Any]

MIGRATIONS = (
    """
    CREATE TABLE verdict (
        id {identity},
        kind TEXT NOT NULL CHECK (kind IN ('approved', 'flagged')),
        question TEXT NOT NULL,
        outcome TEXT NOT NULL,
        article TEXT,
        quote TEXT,
        quote_start INTEGER,
        quote_end INTEGER,
        note TEXT NOT NULL,
        better_article TEXT,
        better_quote TEXT,
        better_start INTEGER,
        name TEXT NOT NULL,
        at TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        resolved_by TEXT,
        resolved_at TEXT
    );
    CREATE TABLE feedback (
        id {identity},
        question TEXT NOT NULL,
        outcome TEXT NOT NULL,
        helpful INTEGER NOT NULL CHECK (helpful IN (0, 1)),
        quotes TEXT NOT NULL,
        at TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        resolved_by TEXT,
        resolved_at TEXT
    );
    CREATE TABLE unanswered (
        id {identity},
        question TEXT NOT NULL UNIQUE,
        asked INTEGER NOT NULL,
        confidence REAL NOT NULL,
        first_at TEXT NOT NULL,
        at TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        resolved_by TEXT,
        resolved_at TEXT
    );
    CREATE INDEX verdict_open ON verdict (kind, resolved_at);
    CREATE INDEX feedback_open ON feedback (resolved_at);
    CREATE INDEX unanswered_open ON unanswered (resolved_at);
    """,
)
"""One script a version of the schema, in order; a published one is never altered."""

_IDENTITY = "INTEGER PRIMARY KEY AUTOINCREMENT"


class Session:
    """One transaction. Statements are standard SQL with named parameters (``:name``)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **values: Value) -> list[Row]:
        """The rows that a query finds, by the names of their columns."""
        return [dict(row) for row in self._connection.execute(sql, values)]

    def insert(self, sql: str, **values: Value) -> int:
        """Runs an INSERT of one row; the row's id."""
        return int(self._connection.execute(sql, values).lastrowid or 0)

    def update(self, sql: str, **values: Value) -> int:
        """Runs an UPDATE or DELETE; how many rows it met."""
        return self._connection.execute(sql, values).rowcount


class Database:
    """A database by its location. Holds no connection, so threads and processes may share it.

    Args:
        location: the path of an SQLite file.

    Raises:
        SettingsError: if the location names an engine that this version does not have.
    """

    def __init__(self, location: str) -> None:
        scheme, colon, _ = location.partition("://")
        if colon:
            raise SettingsError(
                "setting database",
                f"this version keeps no database at {scheme}://…",
                "Give the path of a file, such as staff.sqlite3.",
            )
        self.path = Path(location).expanduser()

    @contextmanager
    def read(self) -> Iterator[Session | None]:
        """A session that reads; None where nothing was ever kept: no file is made.

        Raises:
            Unreachable: if the file cannot be read or is no database of this version.
        """
        if not self.path.exists():
            yield None
            return
        with self._connected() as connection:
            yield Session(connection)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that writes: committed at its end, undone where an exception leaves it.

        Raises:
            Unreachable: if the file cannot be written, or another writer takes too long.
        """
        with self._connected() as connection:
            # IMMEDIATE: the wait is at the start, so a transaction never fails half-way.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Session(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self._make_file()
            with closing(self._connect()) as connection:
                self._migrate(connection)
                yield connection
        except sqlite3.Error as error:
            raise self._unreachable(error) from error
        except OSError as error:
            raise self._unreachable(error.strerror or error) from error

    def _make_file(self) -> None:
        """SQLite would make it as the umask says; questions are nobody else's business."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {int(WAIT_SECONDS * 1000)}")
        _into_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Brings the schema up to date, each version in a transaction of its own."""
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise self._unreachable(f"it is of version {version}, made by a newer kqa")
        for number in range(version, len(MIGRATIONS)):
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _version(connection) == number:  # no other process was faster
                    for statement in _statements(MIGRATIONS[number]):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number + 1}")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def _unreachable(self, reason: object) -> Unreachable:
        return Unreachable(
            f"database {self.path}",
            f"it cannot be used ({reason})",
            "Check its permissions and the disk, or name another with the setting database.",
        )


def _into_wal(connection: sqlite3.Connection) -> None:
    """Turns the file to write-ahead logging, once. SQLite does not wait for others here."""
    until = time.monotonic() + WAIT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """The statements of a migration; no text in one holds a semicolon."""
    for statement in script.format(identity=_IDENTITY).split(";"):
        if statement.strip():
            yield statement
