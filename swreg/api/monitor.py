"""`ModelMonitor`: figures of deployed models, and what is to happen when they go bad."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from swreg.api.registry import ModelRegistry
from swreg.api.words import open_project, value_of
from swreg.domain.duration import parse_duration
from swreg.domain.policy import TriggerRule
from swreg.domain.stage import Stage, parse_stage
from swreg.errors import UsageError
from swreg.monitoring.batch import Receipt, Series
from swreg.monitoring.feeds import Batch
from swreg.operations.monitoring.check import Checked, check
from swreg.operations.monitoring.recording import record
from swreg.operations.monitoring.snapshot import snapshot
from swreg.operations.monitoring.status import Figure, Status, status
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions

if TYPE_CHECKING:
    from swreg.operations.policy_file import PolicyChange

When = float | str | datetime


class ModelMonitor:
    """Records how the models of a registry behave, and rolls back as the triggers say.

    Tracked metrics and triggers are committed; samples are not: they go to the store beside the
    repository, or come from the configured Prometheus server.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self.registry = registry
        self._tracked: dict[str, Stage] = {}

    def track_model(
        self,
        name: str,
        stage: str | Stage = "production",
        metrics: Iterable[str] | str = ("accuracy", "latency", "error_rate"),
    ) -> PolicyChange:
        """Look at these metrics of the model in a stage, from now on and for everybody."""
        from swreg.operations.monitoring.configuring import track

        where = parse_stage(stage)
        outcome = track(self._project(), name, metrics, stage=where, options=self._options)
        self._tracked[name] = where
        return value_of(outcome)

    def record(
        self,
        metric: str,
        value: float | Sequence[float],
        at: When | Sequence[When] | None = None,
        labels: Mapping[str, str] | None = None,
        *,
        name: str | None = None,
        version: str | None = None,
        ids: Sequence[str] | None = None,
    ) -> Receipt:
        """Store one sample, or many of one metric; a time is seconds, a UTC text or a datetime.

        Without `name` it is the only tracked model, without `version` what stood in production
        at the time of the sample, or what stands in another stage now. A service knows best which version answered, and saves a look into the registry by
        saying so. `ids` make it safe to send samples twice.
        """
        model, stage = self._model(name)
        values = list(value) if isinstance(value, Iterable) else [value]
        if any(isinstance(one, bool) for one in values):
            raise UsageError("True and False are no samples", "record 1.0 or 0.0")
        said = dict(labels or {})
        if not all(isinstance(word, str) for pair in said.items() for word in pair):
            raise UsageError("labels are texts by name", 'write labels={"region": "eu"}')
        now = time.time()
        series = Series(
            model=model,
            version=str(version) if version is not None else f"@{stage}",
            metric=metric,
            labels=said,
        )
        batch = Batch(
            series=series, times=_times(at, len(values), now), values=values, ids=list(ids or ())
        )
        done = [one.receipt for one in value_of(record(self._project(), [batch], now=now))]
        return Receipt(
            stored=sum(one.stored for one in done),
            duplicates=sum(one.duplicates for one in done),
            late=sum(one.late for one in done),
            ahead=sum(one.ahead for one in done),
        )

    def set_auto_rollback(
        self,
        metric: str,
        threshold: float,
        window: str = "24h",
        direction: Literal["above", "below"] | None = None,
        min_samples: int | None = None,
        for_: str | None = None,
        *,
        name: str | None = None,
        aggregate: str | None = None,
        cool_down: str | None = None,
        hysteresis: float = 0.0,
        relative_to: Literal["registration", "previous"] | None = None,
        missing: Literal["ignore", "alert"] = "ignore",
        mode: Literal["rollback", "alert"] = "rollback",
        reason: str = "",
    ) -> PolicyChange:
        """Roll production back when the metric crosses the threshold; `mode="alert"` only tells.

        Without `name` it holds for the tracked models, or for all where none is tracked here.
        """
        names: list[str | None] = [name] if name is not None else [*self._tracked] or [None]
        rules = [
            TriggerRule(
                metric=metric,
                threshold=threshold,
                model=one,
                direction=direction,
                window=window,
                min_samples=min_samples,
                for_=for_,
                cool_down=cool_down,
                aggregate=aggregate,
                hysteresis=hysteresis,
                missing=missing,
                relative_to=relative_to,
                mode=mode,
            )
            for one in names
        ]
        from swreg.operations.monitoring.configuring import set_auto_rollback

        return value_of(
            set_auto_rollback(self._project(), rules, reason=reason, options=self._options)
        )

    def check(self, name: str | None = None, *, dry_run: bool = False) -> list[Checked]:
        """Judge what is in production now, and roll back or alert as configured."""
        options = WriteOptions(dry_run=dry_run, push=self._options.push)
        outcome = check(self._project(), now=time.time(), model=name, options=options)
        done: tuple[Checked, ...] = value_of(outcome)
        return list(done)

    def status(self, name: str | None = None, window: str = "24h") -> Status:
        """Figures, their course, and how far the triggers are; nothing is changed."""
        seconds = parse_duration(window)
        return status(self._project(), now=time.time(), window=seconds, model=name).data

    def snapshot(
        self, name: str | None = None, window: str = "24h", reason: str = ""
    ) -> list[Figure]:
        """Commit the figures of the last window, so that they can be seen without the store."""
        outcome = snapshot(
            self._project(),
            now=time.time(),
            window=parse_duration(window),
            model=name,
            reason=reason,
            options=self._options,
        )
        known: tuple[Figure, ...] = value_of(outcome)
        return list(known)

    @property
    def _options(self) -> WriteOptions:
        return WriteOptions(push=self.registry.push)

    def _project(self) -> Project:
        return open_project(self.registry.path, self.registry.environment)

    def _model(self, name: str | None) -> tuple[str, Stage]:
        if name is not None:
            return name, self._tracked.get(name, Stage.PRODUCTION)
        known = self._tracked or dict.fromkeys(self._committed(), Stage.PRODUCTION)
        if len(known) != 1:
            some = f"one of: {', '.join(known)}" if known else "or track_model(name=…) first"
            raise UsageError("which model?", f"say name=, {some}")
        return next(iter(known.items()))

    def _committed(self) -> list[str]:
        return [key for key in self._project().policy.monitoring.tracked if "@" not in key]


def _times(at: Any, count: int, now: float) -> list[float]:
    if at is None:
        return [now] * count
    times = [at] if isinstance(at, (int, float, str, datetime)) else list(at)
    return [_seconds(one) for one in times]


def _seconds(at: When) -> float:
    if isinstance(at, (int, float)):
        return float(at)
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        raise UsageError(f"{at!r} is no time", "write it like 2024-01-20T14:00:00Z") from None
    if moment.tzinfo is None:
        raise UsageError(f"the time {at} has no zone", "write it like 2024-01-20T14:00:00Z")
    return moment.timestamp()


__all__ = ["ModelMonitor"]
