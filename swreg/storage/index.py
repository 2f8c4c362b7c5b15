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

_FORMAT = "1"
_TREES_KEPT = 200
_TABLES = """
CREATE TABLE IF NOT EXISTS tree(oid TEXT PRIMARY KEY, homes TEXT, used INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS catalog(oid TEXT PRIMARY KEY) WITHOUT ROWID;
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
        self._write(
            "INSERT OR REPLACE INTO tree SELECT ?, ?, 1 + coalesce(max(used), 0) FROM tree",
            [(tree, json.dumps(homes))],
        )

    def known(self, catalogs: Iterable[str]) -> set[str]:
        """Which of the catalogs were parsed before."""
        oids = list(catalogs)
        found: set[str] = set()
        for start in range(0, len(oids), 500):
            part = oids[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._query(f"SELECT oid FROM catalog WHERE oid IN ({marks})", part)
            found.update(row[0] for row in rows)
        return found

    def models(
        self, catalogs: Iterable[str], names: Iterable[str] | None
    ) -> list[tuple[str, str, Any]]:
        """(catalog, name, plain data) of the models in those catalogs, all or the named ones."""
        wanted = set(catalogs)
        if names is not None:
            keys = list(names)
            marks = ",".join("?" * len(keys))
            rows = self._query(f"SELECT oid, name, body FROM model WHERE name IN ({marks})", keys)
        elif len(wanted) <= 500:
            marks = ",".join("?" * len(wanted))
            rows = self._query(
                f"SELECT oid, name, body FROM model WHERE oid IN ({marks})", list(wanted)
            )
        else:
            rows = self._query("SELECT oid, name, body FROM model", [])
        return [(oid, name, json.loads(body)) for oid, name, body in rows if oid in wanted]

    def remember_catalogs(self, catalogs: Mapping[str, Mapping[str, Any]]) -> bool:
        """Keep parsed catalogs, blob id -> name -> plain data; False where it cannot."""
        rows = [
            (name, oid, json.dumps(raw, ensure_ascii=False, separators=(",", ":")))
            for oid, models in catalogs.items()
            for name, raw in models.items()
        ]
        kept = self._write("INSERT OR REPLACE INTO model VALUES (?, ?, ?)", rows)
        return kept and self._write(
            "INSERT OR REPLACE INTO catalog VALUES (?)", [(oid,) for oid in catalogs]
        )

    def forget_old(self) -> None:
        """Drop what only trees of long ago need."""
        rows = self._query("SELECT homes FROM tree ORDER BY used DESC LIMIT ?", [_TREES_KEPT])
        needed = {oid for (homes,) in rows for oid in json.loads(homes).values()}
        known = {row[0] for row in self._query("SELECT oid FROM catalog", [])}
        gone = [(oid,) for oid in known - needed]
        self._write("DELETE FROM model WHERE oid = ?", gone)
        self._write("DELETE FROM catalog WHERE oid = ?", gone)
        self._write(
            "DELETE FROM tree WHERE oid NOT IN (SELECT oid FROM tree ORDER BY used DESC LIMIT ?)",
            [(_TREES_KEPT,)],
        )

    def close(self) -> None:
        if self._open_connection is not None:
            self._open_connection.close()
            self._open_connection = None

    def _query(self, sql: str, values: list[Any]) -> list[Any]:
        import sqlite3

        try:
            return list(self._connection().execute(sql, values))
        except (sqlite3.Error, OSError):
            self._set_aside()
            return []

    def _write(self, sql: str, rows: list[Any]) -> bool:
        import sqlite3

        try:
            with self._connection() as connection:
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
            connection.execute("PRAGMA synchronous=OFF")
            connection.executescript(_TABLES)
            self._open_connection = connection
        return self._open_connection

    def _set_aside(self) -> None:
        """A damaged cache is deleted: it holds nothing that git does not."""
        self.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return
