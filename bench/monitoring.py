"""Ratios of the sample store: ingest against sqlite itself, a wide window against a narrow one.

Run `python bench/monitoring.py` (1,000,000 samples) or with `--full` (10,000,000). Printed are
ratios, because absolute times are the machine's; rounds are interleaved and medians reported.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from swreg.domain.duration import DAY
from swreg.monitoring.batch import Series
from swreg.monitoring.samples import SampleStore

NOW = 1_700_000_000.0
SMALL = 100_000
BATCH = 10_000
LATENCY = Series(model="fraud", version="v1.0.0", metric="latency")

Samples = tuple[list[float], list[float]]


def samples(count: int, begin: int, end: int) -> Samples:
    """Part of a day of `count` latencies: log-normal milliseconds, evenly spaced."""
    chance = random.Random(begin)
    times = [NOW - DAY + DAY * n / count for n in range(begin, end)]
    return times, [chance.lognormvariate(4, 0.5) for _ in times]


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def plain_table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE sample (series INTEGER, at REAL, value REAL)")
    return connection


def insert(connection: sqlite3.Connection, rows: list[tuple[int, float, float]]) -> None:
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO sample VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")


def fill(folder: Path, count: int) -> tuple[SampleStore, float]:
    """A store of `count` samples, and its ingest rate as a multiple of a bare executemany."""
    store = SampleStore(folder / f"{count}.db")
    bare = plain_table(folder / f"{count}.bare.db")
    ours, theirs = 0.0, 0.0
    for begin in range(0, count, BATCH):
        times, values = samples(count, begin, begin + BATCH)
        rows = [(1, at, value) for at, value in zip(times, values, strict=True)]
        theirs += timed(lambda rows=rows: insert(bare, rows))  # type: ignore[misc]
        ours += timed(
            lambda times=times, values=values: store.add(LATENCY, times, values, now=NOW)  # type: ignore[misc]
        )
    bare.close()
    return store, theirs / ours


def ask(store: SampleStore, window: float) -> None:
    store.summary(
        model="fraud", metric="latency", since=NOW - window + 17.3, until=NOW - 5.1
    ).quantile(0.95)


def window_ratio(small: SampleStore, large: SampleStore, window: float, rounds: int = 15) -> float:
    costs: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for store, cost in zip((small, large), costs, strict=True):
            cost.append(timed(lambda store=store: ask(store, window)))  # type: ignore[misc]
    return statistics.median(costs[1][1:]) / statistics.median(costs[0][1:])


def main() -> None:
    parser = argparse.ArgumentParser(description="Ratios of the sample store.")
    parser.add_argument("--full", action="store_true", help="10,000,000 samples instead of a tenth")
    count = 10_000_000 if parser.parse_args().full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        small, _ = fill(Path(name), SMALL)
        large, ratio = fill(Path(name), count)
        print(f"ingest of {count:,} samples / bare executemany: {ratio:.2f} (at least 0.5)")
        for text, window in (("24h", DAY), ("6h", DAY / 4), ("15m", 900.0)):
            ratio = window_ratio(small, large, window)
            print(f"window {text}, {count:,} / {SMALL:,} samples a day: {ratio:.2f} (at most 5)")


if __name__ == "__main__":
    main()
