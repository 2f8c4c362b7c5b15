"""A cache of parsed catalogs, keyed by git object ids, so that it can never be stale.

It lies in the git directory and may be deleted at any time. A cache that cannot be read or
written is done without; nothing is ever wrong because of it.

    tree     which catalog each home has, in a tree that holds increments
    home     the same of one home's tree
    catalog  how many models a catalog holds, and member their blocks of text
    block    one model: its plain data, what a listing shows of it, whether its text is canonical
    document the plain data of a YAML file, by the sha256 of its bytes
    seen     files on disk by path, with the status they had when their object id was worked out
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

_FORMAT = "3"
_TREES_KEPT = 50
_FEW = 500
_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS tree(oid TEXT PRIMARY KEY, homes TEXT, used INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS home(oid TEXT PRIMARY KEY, catalog TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS catalog(oid TEXT PRIMARY KEY, models INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS member(oid TEXT, name TEXT, digest TEXT, PRIMARY KEY(oid, name))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_name ON member(name);
CREATE TABLE IF NOT EXISTS block(digest TEXT PRIMARY KEY, name TEXT, canonical INTEGER,
    body TEXT, shown TEXT, every TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document(digest TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen(path TEXT PRIMARY KEY, status TEXT, oid TEXT) WITHOUT ROWID;
PRAGMA user_version = 1;
COMMIT;
"""

Part = Literal["body", "shown", "every"]
"""What is kept of a model: all of it, the rows of a short listing, the rows of a full one."""


class Block(NamedTuple):
    """One model's text in a catalog, by its sha256, and what was read from it."""

    digest: str
    name: str
    canonical: bool
    body: str
    shown: str
    every: str


class Index:
    """The cache of one repository; every method works, at worst by remembering nothing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"index-{_FORMAT}.sqlite3"
        self._open_connection: Any = None

    def homes(self, tree: str) -> dict[str, str] | None:
        """Which catalog (blob id) each home has in a tree of increments; None where unknown."""
        rows = self._query("SELECT homes FROM tree WHERE oid = ?", [tree])
        return json.loads(rows[0][0]) if rows else None

    def remember_homes(self, tree: str, homes: Mapping[str, str]) -> None:
        sql = "INSERT OR REPLACE INTO tree SELECT ?, ?, 1 + coalesce(max(used), 0) FROM tree"
        self._write((sql, [(tree, json.dumps(homes))]))
        if self._query("SELECT count(*) FROM tree", []) > [(2 * _TREES_KEPT,)]:
            self._forget_old()

    def catalogs_of(self, trees: Iterable[str]) -> dict[str, str]:
        """Tree id of a home -> blob id of its catalog, empty where it has none; known ones only."""
        return dict(self._among("SELECT oid, catalog FROM home", "oid", sorted(set(trees))))

    def remember_catalogs_of(self, trees: Mapping[str, str]) -> None:
        self._write(("INSERT OR REPLACE INTO home VALUES (?, ?)", list(trees.items())))

    def models(
        self, catalogs: Iterable[str], names: Iterable[str] | None, part: Part
    ) -> dict[str, dict[str, str]]:
        """Catalog -> name -> JSON text, of all models or the named ones.

        Only catalogs that were parsed before and are whole here are in the answer; it is read at
        one moment, so that a writer in between cannot make a model seem gone.
        """
        wanted = sorted(set(catalogs))
        counts, rows = self._query_all(
            *_model_queries(wanted, None if names is None else sorted(set(names)), part)
        )
        asked = set(wanted)
        whole = {oid: count for oid, count in counts if oid in asked}
        found: dict[str, dict[str, str]] = {oid: {} for oid in whole}
        for oid, name, text in rows:
            if oid in found:
                found[oid][name] = text
        return {
            oid: models
            for oid, models in found.items()
            if None not in models.values() and (names is not None or len(models) == whole[oid])
        }

    def blocks(self, digests: Sequence[str]) -> dict[str, Block]:
        """The blocks that were read before."""
        columns = ", ".join(Block._fields)
        rows = self._among(f"SELECT {columns} FROM block", "digest", digests)
        whole = (row for row in rows if None not in row)
        return {row[0]: Block(row[0], row[1], bool(row[2]), *row[3:]) for row in whole}

    def canonical(self, digests: Sequence[str]) -> set[str]:
        """Which of the blocks are known to be written as we write them."""
        rows = self._among("SELECT digest, canonical FROM block", "digest", digests)
        return {digest for digest, canonical in rows if canonical}

    def remember_catalogs(
        self, catalogs: Mapping[str, Mapping[str, str]], blocks: Iterable[Block]
    ) -> bool:
        """Keep parsed catalogs, blob id -> name -> digest, and new blocks; False where it cannot."""
        members = [
            (oid, name, digest) for oid, names in catalogs.items() for name, digest in names.items()
        ]
        return self._write(
            ("INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?)", list(blocks)),
            ("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", members),
            (
                "INSERT OR REPLACE INTO catalog VALUES (?, ?)",
                [(oid, len(names)) for oid, names in catalogs.items()],
            ),
        )

    def document(self, digest: str) -> str | None:
        """The JSON text of a YAML file that was parsed before."""
        rows = self._query("SELECT body FROM document WHERE digest = ?", [digest])
        return str(rows[0][0]) if rows else None

    def remember_document(self, digest: str, body: str) -> None:
        self._write(("INSERT OR REPLACE INTO document VALUES (?, ?)", [(digest, body)]))

    def seen(self, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Path -> status and object id of files that were looked at before."""
        rows = self._among("SELECT path, status, oid FROM seen", "path", paths)
        return {path: (status, oid) for path, status, oid in rows}

    def remember_seen(self, files: Iterable[tuple[str, str, str]]) -> None:
        """Keep path, status and object id of files."""
        self._write(("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", list(files)))

    def _forget_old(self) -> None:
        """Drop what only trees of long ago need."""
        kept = "SELECT oid FROM tree ORDER BY used DESC LIMIT ?"
        rows = self._query(f"SELECT homes FROM tree WHERE oid IN ({kept})", [_TREES_KEPT])
        needed = {oid for (homes,) in rows for oid in json.loads(homes).values()}
        gone = [
            (oid,) for (oid,) in self._query("SELECT oid FROM catalog", []) if oid not in needed
        ]
        self._write(
            ("DELETE FROM member WHERE oid = ?", gone),
            ("DELETE FROM catalog WHERE oid = ?", gone),
            ("DELETE FROM block WHERE digest NOT IN (SELECT digest FROM member LIMIT ?)", [(-1,)]),
            (f"DELETE FROM tree WHERE oid NOT IN ({kept})", [(_TREES_KEPT,)]),
            ("DELETE FROM home WHERE catalog = ?", gone),
        )

    def close(self) -> None:
        if self._open_connection is not None:
            self._open_connection.close()
            self._open_connection = None

    def _among(self, sql: str, column: str, values: Sequence[str]) -> Iterator[Any]:
        """The rows whose column is one of the values, asked for in groups."""
        for start in range(0, len(values), _FEW):
            group = list(values[start : start + _FEW])
            yield from self._query(f"{sql} WHERE {column} IN ({_marks(group)})", group)

    def _query(self, sql: str, values: list[Any]) -> list[Any]:
        return self._query_all((sql, values))[0]

    def _query_all(self, *queries: tuple[str, list[Any]]) -> list[list[Any]]:
        """The rows of several queries, all of one moment; none where the cache is of no use."""
        import sqlite3

        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                return [connection.execute(sql, values).fetchall() for sql, values in queries]
            finally:
                connection.rollback()
        except sqlite3.OperationalError:
            # Busy, full or not writable: a cache that others may be using is left alone.
            return [[] for _ in queries]
        except (sqlite3.Error, OSError):
            self.set_aside()
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
            if connection.execute("PRAGMA user_version").fetchone() == (0,):
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(_TABLES)
            connection.execute("PRAGMA synchronous=NORMAL")
            self._open_connection = connection
        return self._open_connection

    def set_aside(self) -> None:
        """A damaged cache is deleted: it holds nothing that git does not."""
        self.close()
        try:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError:
            return


def _model_queries(
    catalogs: list[str], names: list[str] | None, part: Part
) -> tuple[tuple[str, list[str]], tuple[str, list[str]]]:
    few = len(catalogs) <= _FEW
    where, values = (f" WHERE oid IN ({_marks(catalogs)})", catalogs) if few else ("", [])
    of, keys = (
        (where, values) if names is None else (f" WHERE member.name IN ({_marks(names)})", names)
    )
    # A block that is missing shows as NULL, so that a model never seems gone for it.
    join = f"SELECT oid, member.name, {part} FROM member LEFT JOIN block USING(digest)"
    return (f"SELECT oid, models FROM catalog{where}", values), (f"{join}{of}", keys)


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
