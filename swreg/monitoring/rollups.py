"""The tables of the sample store: raw points by the minute, summaries by minute and by hour.

Every function takes a connection inside a transaction. `series` is a row's number, times are
seconds since the epoch, UTC, and windows are open at their start: `since < at <= until`.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, nextafter
from typing import TYPE_CHECKING

from swreg.monitoring.summary import Summary, merge, summarize

if TYPE_CHECKING:
    import sqlite3

MINUTE, HOUR = 60, 3600
EDGE = 5_000
"""How many samples a minute at the edge of a window may hold and still be counted one by one.

A fuller one counts whole or not at all, which moves that edge by at most half a minute.
"""

_COLUMNS = "count, mean, spread, low, high, first, last, buckets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizons:
    """The times before which nothing of that kind is kept any more."""

    points: float
    minutes: float
    hours: float


def horizons(connection: sqlite3.Connection) -> Horizons:
    """Since when points, minutes and hours are kept."""
    return Horizons(**dict(connection.execute("SELECT what, since FROM kept")))


def store(
    connection: sqlite3.Connection,
    series: int,
    times: Sequence[float],
    values: Sequence[float],
    kept: Horizons,
) -> None:
    """Add samples in ascending order of time, none older than the hours that are kept."""
    hours: dict[int, list[Summary]] = {}
    begin = 0
    while begin < len(times):
        minute = int(times[begin] // MINUTE) * MINUTE
        end = bisect_left(times, minute + MINUTE, begin)
        some_times, some_values = times[begin:end], values[begin:end]
        summary = summarize(some_times, some_values)
        hours.setdefault(minute - minute % HOUR, []).append(summary)
        if minute >= kept.minutes:
            _add(connection, (series, MINUTE, minute), [summary])
        if minute >= kept.points:
            data = struct.pack(f"<{2 * (end - begin)}d", *some_times, *some_values)
            connection.execute("INSERT INTO points VALUES (?, ?, ?)", (series, minute, data))
        begin = end
    for hour, summaries in hours.items():
        _add(connection, (series, HOUR, hour), summaries)


def parts(
    connection: sqlite3.Connection, series: int, since: float, until: float, kept: Horizons
) -> Iterator[Summary]:
    """The summaries that make up the window: whole hours, whole minutes, and samples at its edges.

    Where an edge falls into an hour or minute whose samples are gone or too many, that counts
    whole if its middle is inside.
    """
    inner = _whole(since, until, HOUR)
    if inner is None:
        yield from _minutes(connection, series, since, until, kept)
        return
    yield from (row for _, row in _rows(connection, series, HOUR, *inner))
    yield from _minutes(connection, series, since, nextafter(inner[0], -inf), kept)
    yield from _minutes(connection, series, nextafter(inner[1], -inf), until, kept)


def points(
    connection: sqlite3.Connection, series: int, since: float, until: float
) -> list[tuple[float, float]]:
    """The raw samples of the window that are still kept, in ascending order of time."""
    found = _chunks(connection, series, since, until)
    return sorted(pair for times, values in found for pair in zip(times, values, strict=True))


def prune(connection: sqlite3.Connection, limits: Horizons) -> None:
    """Forget points, minutes and hours before their limits; a limit never moves back."""
    kept = horizons(connection)
    for what, limit, old in (
        ("points", limits.points, kept.points),
        ("minutes", limits.minutes, kept.minutes),
        ("hours", limits.hours, kept.hours),
    ):
        since = max(limit // HOUR * HOUR, old)
        connection.execute("UPDATE kept SET since = ? WHERE what = ?", (since, what))
        if what == "points":
            connection.execute("DELETE FROM points WHERE minute < ?", (since,))
        else:
            span = MINUTE if what == "minutes" else HOUR
            connection.execute("DELETE FROM rollup WHERE span = ? AND start < ?", (span, since))
    connection.execute("DELETE FROM seen WHERE at < (SELECT min(since) FROM kept)")


def _minutes(
    connection: sqlite3.Connection, series: int, since: float, until: float, kept: Horizons
) -> Iterator[Summary]:
    for hour in range(int(since // HOUR) * HOUR, int(until // HOUR) * HOUR + 1, HOUR):
        if hour < kept.minutes:
            for _, row in _rows(connection, series, HOUR, hour, hour + HOUR):
                if _counts_whole(row, hour, HOUR, since, until):
                    yield row
            continue
        begin, end = max(int(since // MINUTE) * MINUTE, hour), min(until + MINUTE, hour + HOUR)
        for start, row in _rows(connection, series, MINUTE, begin, int(end // MINUTE) * MINUTE):
            if start >= kept.points and row.count <= EDGE and not _inside(row, since, until):
                yield _edge(connection, series, start, since, until)
            elif _counts_whole(row, start, MINUTE, since, until):
                yield row


def _edge(
    connection: sqlite3.Connection, series: int, start: int, since: float, until: float
) -> Summary:
    begin, end = nextafter(start, -inf), nextafter(start + MINUTE, -inf)
    values: list[float] = []
    first, last = inf, -inf
    for times, some in _chunks(connection, series, max(since, begin), min(until, end)):
        values += some
        first, last = min(first, times[0]), max(last, times[-1])
    return summarize((first, last), values)


def _chunks(
    connection: sqlite3.Connection, series: int, since: float, until: float
) -> Iterator[tuple[Sequence[float], Sequence[float]]]:
    """Times, in ascending order, and values of each piece that was written, cut to the window."""
    rows = connection.execute(
        "SELECT data FROM points WHERE series = ? AND minute BETWEEN ? AND ?",
        (series, int(since // MINUTE) * MINUTE, int(until // MINUTE) * MINUTE),
    )
    for (data,) in rows:
        numbers = struct.unpack(f"<{len(data) // 8}d", data)
        half = len(numbers) // 2
        begin = bisect_right(numbers, since, 0, half)
        end = bisect_right(numbers, until, 0, half)
        if begin < end:
            yield numbers[begin:end], numbers[half + begin : half + end]


def _inside(row: Summary, since: float, until: float) -> bool:
    return since < row.first and row.last <= until


def _counts_whole(row: Summary, start: int, span: int, since: float, until: float) -> bool:
    return _inside(row, since, until) or since < start + span / 2 <= until


def _whole(since: float, until: float, span: int) -> tuple[int, int] | None:
    begin, end = int(since // span) * span + span, int(until // span) * span
    return (begin, end) if begin < end else None


def _rows(
    connection: sqlite3.Connection, series: int, span: int, begin: int, end: int
) -> Iterator[tuple[int, Summary]]:
    found = connection.execute(
        f"SELECT start, {_COLUMNS} FROM rollup "
        "WHERE series = ? AND span = ? AND start >= ? AND start < ?",
        (series, span, begin, end),
    )
    for start, count, mean, spread, low, high, first, last, buckets in found:
        if not buckets or len(buckets) % 12:
            raise struct.error("a sketch of odd length")
        yield (
            start,
            Summary(
                count=count,
                mean=mean,
                spread=spread,
                low=low,
                high=high,
                first=first,
                last=last,
                buckets=buckets,
            ),
        )


def _add(
    connection: sqlite3.Connection, key: tuple[int, int, int], summaries: Sequence[Summary]
) -> None:
    series, span, start = key
    there = [row for _, row in _rows(connection, series, span, start, start + span)]
    whole = merge([*there, *summaries])
    connection.execute(
        f"INSERT OR REPLACE INTO rollup (series, span, start, {_COLUMNS}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *key,
            whole.count,
            whole.mean,
            whole.spread,
            whole.low,
            whole.high,
            whole.first,
            whole.last,
            whole.buckets,
        ),
    )
