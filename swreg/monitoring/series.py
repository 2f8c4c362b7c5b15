"""The rows of the sample store that say what samples belong to, and which were seen before.

Every function takes a connection inside a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from swreg.errors import UsageError
from swreg.monitoring.batch import Receipt, Series

if TYPE_CHECKING:
    import sqlite3

MOST_SERIES = 10_000


def number_of(connection: sqlite3.Connection, series: Series) -> int:
    """The number of a series, given to it where it is new; raises `UsageError` beyond the most."""
    key = (series.model, series.metric, series.version, _label_text(series.labels))
    found = connection.execute(
        "SELECT id FROM series WHERE model = ? AND metric = ? AND version = ? AND labels = ?", key
    ).fetchone()
    if found:
        return int(found[0])
    if connection.execute("SELECT count(*) FROM series").fetchone()[0] >= MOST_SERIES:
        raise UsageError(
            f"there are {MOST_SERIES} series already",
            "labels are for a few kinds of thing, not for ids",
        )
    row = connection.execute(
        "INSERT INTO series (model, metric, version, labels) VALUES (?, ?, ?, ?) RETURNING id", key
    ).fetchone()
    return int(row[0])


def _label_text(labels: Mapping[str, str]) -> str:
    return json.dumps(dict(labels), sort_keys=True, separators=(",", ":"))


def all_of(connection: sqlite3.Connection, model: str) -> list[tuple[int, Series]]:
    """Every series of a model with its number."""
    rows = connection.execute(
        "SELECT id, version, metric, labels FROM series WHERE model = ? ORDER BY id", (model,)
    )
    return [
        (number, Series(model=model, version=version, metric=metric, labels=json.loads(labels)))
        for number, version, metric, labels in rows
    ]


def matches(
    series: Series,
    metric: str,
    *,
    version: str | None,
    labels: Mapping[str, str],
    without: str | None = None,
) -> bool:
    """Whether a series is of that metric, of that version if one is meant, with those labels.

    One that has the label `without`, whatever its value, is not.
    """
    return (
        series.metric == metric
        and version in (None, series.version)
        and labels.items() <= series.labels.items()
        and without not in series.labels
    )


def sift(
    connection: sqlite3.Connection,
    number: int,
    times: Sequence[float],
    ids: Sequence[str] | None,
    earliest: float,
    latest: float,
) -> tuple[Sequence[int], Receipt]:
    """Which samples of a batch to store, by place: neither too late, too far ahead nor known."""
    late = sum(at < earliest for at in times)
    ahead = sum(at > latest for at in times)
    chosen = [n for n, at in enumerate(times) if earliest <= at <= latest]
    fresh = (
        chosen if ids is None else [n for n in chosen if _new(connection, number, ids[n], times[n])]
    )
    return fresh, Receipt(
        stored=len(fresh), duplicates=len(chosen) - len(fresh), late=late, ahead=ahead
    )


def _new(connection: sqlite3.Connection, number: int, name: str, at: float) -> bool:
    return bool(
        connection.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (number, name, at)
        ).rowcount
    )
