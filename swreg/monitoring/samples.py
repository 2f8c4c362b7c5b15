"""The embedded store of samples: one sqlite file that several processes may write.

A sample is a number at a time, of one metric of one version, with labels. What is written is
summed up by minute and by hour as it arrives, so a window costs about the same however many
samples it holds. A window is exact to the sample where the raw samples are still kept and a
minute at its edge holds at most `rollups.EDGE` of them; else such a minute (or, after the minutes
are gone, hour) counts whole where its middle is inside. Quantiles are within `sketch.ERROR`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from swreg.monitoring import rollups
from swreg.monitoring.batch import AHEAD, Receipt, Retention, Series, check, in_order
from swreg.monitoring.database import Database
from swreg.monitoring.series import all_of, matches, number_of, sift
from swreg.monitoring.summary import Summary, merge


class SampleStore:
    """Samples in the sqlite file at `path`; a lock is waited for `wait` seconds.

    Times are seconds since the epoch, UTC. Every method may raise `EnvironmentFault`, see
    `Database`.
    """

    def __init__(self, path: Path, *, wait: float = 10.0, ours: bool = False) -> None:
        """`ours` is a place where nobody else keeps files; see `Database`."""
        self._database = Database(path, wait=wait, ours=ours)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def add(
        self,
        series: Series,
        times: Sequence[float],
        values: Sequence[float],
        *,
        now: float,
        ids: Sequence[str] | None = None,
    ) -> Receipt:
        """Store a batch of one series, all of it or nothing.

        `ids` make it safe to send a batch twice: a sample whose id is known is left out. Raises
        `UsageError` where a value or time is no finite number or cannot be one of that metric.
        """
        check(series, times, values, ids)
        if not len(times):
            return Receipt()
        with self._database.transaction("IMMEDIATE") as connection:
            number = number_of(connection, series)
            kept = rollups.horizons(connection)
            if ids is None and min(times) >= kept.hours and max(times) <= now + AHEAD:
                chosen: Sequence[int] = range(len(times))
                receipt = Receipt(stored=len(times))
            else:
                chosen, receipt = sift(connection, number, times, ids, kept.hours, now + AHEAD)
            if chosen:
                rollups.store(connection, number, *in_order(times, values, chosen), kept)
        return receipt

    def summary(
        self,
        *,
        model: str,
        metric: str,
        since: float,
        until: float,
        version: str | None = None,
        labels: Mapping[str, str] | None = None,
        without: str | None = None,
    ) -> Summary:
        """Everything in `since < at <= until`, over all series that have the given labels.

        Series that have the label `without` are left out.
        """
        with self._database.transaction("DEFERRED") as connection:
            kept = rollups.horizons(connection)
            return merge(
                part
                for number, series in all_of(connection, model)
                if matches(series, metric, version=version, labels=labels or {}, without=without)
                for part in rollups.parts(connection, number, since, until, kept)
            )

    def points(self, series: Series, *, since: float, until: float) -> list[tuple[float, float]]:
        """The raw samples of one series that are still kept, in ascending order of time."""
        with self._database.transaction("DEFERRED") as connection:
            return [
                point
                for number, one in all_of(connection, series.model)
                if one == series
                for point in rollups.points(connection, number, since, until)
            ]

    def series(self, model: str) -> list[Series]:
        """What has been recorded of a model."""
        with self._database.transaction("DEFERRED") as connection:
            return [series for _, series in all_of(connection, model)]

    def fired(self, model: str, version: str, rule: str) -> tuple[float, bool] | None:
        """When a rule fired last for a version as seen here, and whether that is not over yet."""
        with self._database.transaction("DEFERRED") as connection:
            row = connection.execute(
                "SELECT fired, firing FROM alerts WHERE model = ? AND version = ? AND rule = ?",
                (model, version, rule),
            ).fetchone()
        return None if row is None else (float(row[0]), bool(row[1]))

    def remember(self, model: str, version: str, rule: str, *, fired: float, firing: bool) -> None:
        """Keep when a rule fired last, and whether that is not over yet."""
        with self._database.transaction("IMMEDIATE") as connection:
            connection.execute(
                "INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?)",
                (model, version, rule, fired, firing),
            )

    def prune(self, *, now: float, retention: Retention | None = None) -> None:
        """Forget what is older than the retention says."""
        keep = retention or Retention()
        limits = rollups.Horizons(
            points=now - keep.points, minutes=now - keep.minutes, hours=now - keep.hours
        )
        with self._database.transaction("IMMEDIATE") as connection:
            rollups.prune(connection, limits)
