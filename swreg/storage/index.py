"""A cache of parsed catalogs, keyed by git object ids, so that it can never be stale.

It lies in the git directory and may be deleted at any time. `tree` remembers which catalogs a
`.specweave` tree holds, `model` every parsed model of a catalog. A cache that cannot be read or
written is done without; nothing is ever wrong because of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_FORMAT = "2"
_TREES_KEPT = 200
_FEW = 500
_TABLES = """
CREATE TABLE IF NOT EXISTS tree(oid TEXT PRIMARY KEY, homes TEXT, used INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS catalog(oid TEXT PRIMARY KEY, models INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS model(name TEXT, oid TEXT, body TEXT, PRIMARY KEY(name, oid))
    WITHOUT ROWID;
"""


class Index:
    """The cache of one repository; every method works, at worst by remembering nothing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"index-{_FORMAT}.sqlite3"
        self._open_connection: Any = None

    def homes(self, tree: str) -> dict[str, str] | None:
        """Which catalog (blob id) each home has in a `.specweave` tree; None where unknown."""
        rows = self._query("SELECT homes FROM tree WHERE oid = ?", [tree])
        return json.loads(rows[0][0]) if rows else None

    def remember_homes(self, tree: str, homes: Mapping[str, str]) -> None:
        sql = "INSERT OR REPLACE INTO tree SELECT ?, ?, 1 + coalesce(max(used), 0) FROM tree"
        self._write((sql, [(tree, json.dumps(homes))]))

    def models(
        self, catalogs: Iterable[str], names: Iterable[str] | None
    ) -> dict[str, dict[str, Any]]:
        """Catalog -> name -> plain data, of all models or the named ones.

        Only catalogs that were parsed before and are whole here are in the answer; it is read at
        one moment, so that a writer in between cannot make a model seem gone.
        """
        wanted, keys = sorted(set(catalogs)), None if names is None else sorted(set(names))
        try:
            counts, rows = self._read_models(wanted, keys)
            found: dict[str, dict[str, Any]] = {oid: {} for oid in counts}
            for oid, name, body in rows:
                if oid in found:
                    found[oid][name] = json.loads(body)
        except ValueError:
            self._set_aside()
            return {}
        if keys is not None:
            return found
        return {oid: models for oid, models in found.items() if len(models) == counts[oid]}

    def _read_models(
        self, wanted: list[str], names: list[str] | None
    ) -> tuple[dict[str, int], list[Any]]:
        few = len(wanted) <= _FEW
        where, values = (f" WHERE oid IN ({_marks(wanted)})", wanted) if few else ("", [])
        of, keys = (
            (where, values) if names is None else (f" WHERE name IN ({_marks(names)})", names)
        )
        counts, rows = self._query_all(
            (f"SELECT oid, models FROM catalog{where}", values),
            (f"SELECT oid, name, body FROM model{of}", keys),
        )
        asked = set(wanted)
        return {oid: count for oid, count in counts if oid in asked}, rows

    def remember_catalogs(self, catalogs: Mapping[str, Mapping[str, Any]]) -> bool:
        """Keep parsed catalogs, blob id -> name -> plain data; False where it cannot."""
        rows = [
            (name, oid, json.dumps(raw, separators=(",", ":")))
            for oid, models in catalogs.items()
            for name, raw in models.items()
        ]
        counts = [(oid, len(models)) for oid, models in catalogs.items()]
        return self._write(
            ("INSERT OR REPLACE INTO model VALUES (?, ?, ?)", rows),
            ("INSERT OR REPLACE INTO catalog VALUES (?, ?)", counts),
        )

    def forget_old(self) -> None:
        """Drop what only trees of long ago need."""
        rows = self._query("SELECT homes FROM tree ORDER BY used DESC LIMIT ?", [_TREES_KEPT])
        needed = {oid for (homes,) in rows for oid in json.loads(homes).values()}
        known = {row[0] for row in self._query("SELECT oid FROM catalog", [])}
        gone = [(oid,) for oid in known - needed]
        self._write(
            ("DELETE FROM model WHERE oid = ?", gone),
            ("DELETE FROM catalog WHERE oid = ?", gone),
            (
                (
                    "DELETE FROM tree WHERE oid NOT IN "
                    "(SELECT oid FROM tree ORDER BY used DESC LIMIT ?)"
                ),
                [(_TREES_KEPT,)],
            ),
        )

    def close(self) -> None:
        if self._open_connection is not None:
            self._open_connection.close()
            self._open_connection = None

    def _query(self, sql: str, values: list[Any]) -> list[Any]:
        return self._query_all((sql, values))[0]

    def _query_all(self, *queries: tuple[str, list[Any]]) -> list[list[Any]]:
        """The rows of several queries, all of one moment; none where the cache is of no use."""
        import sqlite3

        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                return [list(connection.execute(sql, values)) for sql, values in queries]
            finally:
                connection.rollback()
        except sqlite3.OperationalError:
            # Busy, full or not writable: a cache that others may be using is left alone.
            return [[] for _ in queries]
        except (sqlite3.Error, OSError):
            self._set_aside()
            return [[] for _ in queries]

    def _write(self, *changes: tuple[str, list[Any]]) -> bool:
        """Make all the changes or none."""
        import sqlite3

        try:
            with self._connection() as connection:
                for sql, rows in changes:
                    connection.executemany(sql, rows)
        except (sqlite3.Error, OSError):
            return False
        return True

    def _connection(self) -> Any:
        import sqlite3

        if self._open_connection is None:
            if not self.path.exists():
                self.path.parent.mkdir(exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=2)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_TABLES)
            self._open_connection = connection
        return self._open_connection

    def _set_aside(self) -> None:
        """A damaged cache is deleted: it holds nothing that git does not."""
        self.close()
        try:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError:
            return


def _marks(values: list[str]) -> str:
    return ",".join("?" * len(values))
