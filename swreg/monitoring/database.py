"""The file of the sample store: opening it, its tables, and what happens when it is broken."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from swreg.errors import EnvironmentFault

if TYPE_CHECKING:
    import sqlite3

_MAGIC = b"SQLite format 3\0"
_OURS = 0x73777267
_VERSION = 1
# What sqlite calls CORRUPT and NOTADB, BUSY and LOCKED.
_BROKEN = (11, 26)
_BUSY = (5, 6)

# Raw samples lie in blobs of one minute each (`points`): a row for every sample, with an index
# to find it, costs three times as much to write and half as much again on disk.
_TABLES = f"""
CREATE TABLE series (
    id INTEGER PRIMARY KEY, model TEXT NOT NULL, version TEXT NOT NULL, metric TEXT NOT NULL,
    labels TEXT NOT NULL, UNIQUE (model, metric, version, labels));
CREATE TABLE points (
    series INTEGER NOT NULL, minute INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX points_of ON points (series, minute);
CREATE TABLE rollup (
    series INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL, count INTEGER NOT NULL,
    mean REAL NOT NULL, spread REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    first REAL NOT NULL, last REAL NOT NULL, buckets BLOB NOT NULL,
    PRIMARY KEY (series, span, start));
CREATE TABLE seen (
    series INTEGER NOT NULL, id TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (series, id)) WITHOUT ROWID;
CREATE TABLE alerts (
    model TEXT NOT NULL, version TEXT NOT NULL, rule TEXT NOT NULL, fired REAL NOT NULL,
    firing INTEGER NOT NULL, PRIMARY KEY (model, version, rule)) WITHOUT ROWID;
CREATE TABLE kept (what TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID;
INSERT INTO kept VALUES ('points', 0), ('minutes', 0), ('hours', 0);
PRAGMA application_id = {_OURS};
PRAGMA user_version = {_VERSION};
"""


class Database:
    """One open sample store, shared by the threads of a process.

    The file is opened at the first use, made where there is none, and opened again where it was
    replaced by another. A lock of another process is waited for `wait` seconds.

    Every use may raise `EnvironmentFault`: for a file that cannot be opened, is locked, belongs
    to another program or is newer than this one, and for a corrupt one after it was set aside.
    """

    def __init__(self, path: Path, *, wait: float, ours: bool = False) -> None:
        """`ours`: nobody else keeps a file there, so whatever is in it may be set aside."""
        self.path = path
        self._wait = wait
        self._ours = ours
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @contextmanager
    def transaction(self, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        """All or nothing: `DEFERRED` to read one state of the store, `IMMEDIATE` to write."""
        with self._lock, self._faults():
            connection = self._connection()
            connection.execute(f"BEGIN {kind}")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    def _connection(self) -> sqlite3.Connection:
        import sqlite3

        if self._open is not None and _identity(self.path) == self._identity:
            return self._open
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        self._identity = _identity(self.path)
        try:
            _prepare(connection, self.path)
        except BaseException:
            connection.close()
            raise
        self._open, self._identity = connection, _identity(self.path)
        return connection

    @contextmanager
    def _faults(self) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _BROKEN:
                raise self._set_aside() from error
            hint = "another program holds it; try again" if code in _BUSY else "see to the disk"
            raise EnvironmentFault(f"the sample store {self.path}: {error}", hint) from error
        except struct.error as error:
            raise self._set_aside() from error
        except OSError as error:
            raise EnvironmentFault(
                f"the sample store {self.path}: {error.strerror}", "see to the path"
            ) from error

    def _set_aside(self) -> EnvironmentFault:
        self.close()
        if _identity(self.path) != self._identity:
            return EnvironmentFault(
                f"the sample store {self.path} was corrupt and another program replaced it",
                "try again",
            )
        return _set_aside(self.path, ours=self._ours)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN")
    ours = _number(connection, "application_id") == _OURS
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    connection.execute("COMMIT")
    if tables and not ours:
        raise EnvironmentFault(
            f"{path} is a database of another program", "choose another path for the samples"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if not ours:
        _create(connection)
    if (found := _number(connection, "user_version")) != _VERSION:
        raise EnvironmentFault(
            f"the sample store {path} has format {found}, this program knows {_VERSION}",
            "use the newer swreg",
        )


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have made the tables while this one waited for the lock.
    if _number(connection, "application_id") != _OURS:
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
    connection.execute("COMMIT")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _set_aside(path: Path, *, ours: bool) -> EnvironmentFault:
    """Rename the corrupt file and what sqlite keeps beside it; nothing is ever deleted.

    In a place that somebody chose, a file that does not begin as a database does is somebody
    else's and stays as it is.
    """
    try:
        with path.open("rb") as file:
            known = ours or file.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        return EnvironmentFault(f"the sample store {path}: {error.strerror}", "see to the path")
    if not known:
        return EnvironmentFault(
            f"{path} is no sample store", "move it away, or choose another path for the samples"
        )
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    try:
        for tail in ("-wal", "-shm", ""):
            if os.path.lexists(f"{path}{tail}"):
                os.rename(f"{path}{tail}", f"{aside}{tail}")
    except OSError as error:
        return EnvironmentFault(
            f"the sample store {path} is corrupt and cannot be renamed: {error.strerror}",
            "move it away by hand",
        )
    return EnvironmentFault(
        f"the sample store {path} was corrupt and is now {aside.name}",
        "the next command begins a new one; samples since then must be recorded again",
    )
