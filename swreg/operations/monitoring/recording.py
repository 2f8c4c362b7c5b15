"""Samples of a model's behaviour into the store: one, many, JSON lines or CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from swreg.domain.catalog import Registry
from swreg.domain.names import Reference, parse_name
from swreg.domain.policy import Policy
from swreg.domain.readings import reading_of
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.errors import UsageError
from swreg.monitoring.batch import Receipt, Series
from swreg.monitoring.feeds import Batch, batches, csv_lines, json_lines
from swreg.operations.monitoring.branch import seen_from
from swreg.operations.monitoring.deployments import deployments, live_at
from swreg.operations.monitoring.sources import sample_store
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.past import model_events
from swreg.operations.project import Project
from swreg.storage.source import Revision

Format = Literal["jsonl", "csv"]
READERS: dict[Format, Callable[[Iterable[str]], Any]] = {"jsonl": json_lines, "csv": csv_lines}

_METRIC = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,63}", re.ASCII)
_LIVE = "@production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of the samples of one series."""

    model: str
    version: str
    metric: str
    receipt: Receipt


def record(
    project: Project, found: Iterable[Batch], *, now: float
) -> Outcome[tuple[Recorded, ...]]:
    """Store batches, each series all or nothing.

    The version of a series may be a stage: `@production` is what stood there at the time of each
    sample, so a late one of a version that was rolled back does not count for its successor, and
    `@staging` what stands there now. A sample of a time without production is left out.
    Raises `NotFound` for a model or version that is not registered, `UsageError` for a metric
    that is neither known nor tracked and for figures that cannot be true.
    """
    project = seen_from(project)
    registry = project.registry()
    split, homeless = [], 0
    for one in found:
        series = resolved(registry, project.policy, one.series)
        if one.series.version != _LIVE:
            split.append(replace_series(one, series))
            continue
        parts, none = _by_deployment(project, registry, replace_series(one, series))
        split += parts
        homeless += none
    with sample_store(project) as store:
        data = tuple(
            Recorded(
                model=one.series.model,
                version=one.series.version,
                metric=one.series.metric,
                receipt=store.add(one.series, one.times, one.values, now=now, ids=one.ids or None),
            )
            for one in split
        )
    outside = homeless + sum(one.receipt.late + one.receipt.ahead for one in data)
    kept = sum(one.receipt.stored + one.receipt.duplicates for one in data)
    if outside and not kept:
        raise UsageError(
            f"none of the samples was stored: {'; '.join(_notes(data, homeless))}",
            "times are seconds since the epoch, not milliseconds, or like 2024-01-20T14:00:00Z",
        )
    if not outside and not data:
        raise UsageError("there is no sample in the input", 'write {"metric": …, "value": …}')
    return read_outcome("monitor-record", data, *_notes(data, homeless))


def record_text(
    project: Project,
    lines: Iterable[str],
    *,
    form: Format,
    given: Mapping[str, str],
    now: float,
    labels: Mapping[str, str] | None = None,
) -> Outcome[tuple[Recorded, ...]]:
    """Store samples as other programs write them; `given` and `labels` are for all of them.

    Nothing is stored where a line is wrong.
    """
    words = {"version": _LIVE, **given, **({"labels": labels} if labels else {})}
    return record(project, batches(READERS[form](lines), given=words, now=now), now=now)


def _by_deployment(project: Project, registry: Registry, batch: Batch) -> tuple[list[Batch], int]:
    """The samples by the version that was in production at their time, and how many had none."""
    home, model = registry.model(batch.series.model)
    there = deployments(model_events(Revision(project.git, project.tip), home, model.name))
    found: dict[str, Batch] = {}
    none = 0
    for place, at in enumerate(batch.times):
        # A history that came from elsewhere may not tell; the catalog tells of what is live.
        version = live_at(there, at) if there else batch.series.version
        if version is None:
            none += 1
            continue
        series = replace(batch.series, version=version)
        part = found.setdefault(version, Batch(series=series))
        part.times.append(at)
        part.values.append(batch.values[place])
        part.ids.extend(batch.ids[place : place + 1])
    return list(found.values()), none


def replace_series(batch: Batch, series: Series) -> Batch:
    """The same samples, of another series."""
    return Batch(series=series, times=batch.times, values=batch.values, ids=batch.ids)


def resolved(registry: Registry, policy: Policy, series: Series) -> Series:
    """The series with the model's own name and a version that is registered."""
    require_metric(policy, series.model, series.metric)
    name = parse_name(series.model)
    stage = series.version.removeprefix("@") if series.version.startswith("@") else None
    if stage is not None:
        reference = Reference(name, (name,), stage=Stage(stage))
    else:
        reference = Reference(name, (name,), version=Version.parse(series.version))
    found = registry.find(reference)
    return replace(series, model=found.model.name, version=str(found.version))


def require_metric(policy: Policy, model: str, metric: str) -> None:
    """Refuse a metric that nobody knows: a slip of the pen would collect figures for nobody."""
    parse_metric(metric)
    monitoring = policy.monitoring
    tracked = {
        name
        for key, names in monitoring.tracked.items()
        if key.partition("@")[0] == model
        for name in names
    }
    ruled = {rule.metric for rule in monitoring.triggers}
    if reading_of(metric) is None and metric not in tracked | ruled:
        raise UsageError(
            f"{metric} is no metric known by name, and not tracked",
            f"swreg monitor track {model} {metric}",
        )


def parse_metric(text: str) -> str:
    """Check the name of a metric.

    >>> parse_metric("precision@10")
    'precision@10'
    """
    if not _METRIC.fullmatch(str(text)):
        raise UsageError(f"{str(text)[:60]!r} is no name of a metric", "write it like error_rate")
    return text


def _notes(data: tuple[Recorded, ...], homeless: int) -> list[str]:
    notes = []
    if homeless:
        notes.append(f"{homeless} samples were left out: nothing was in production at their time")
    for name, why in (
        ("late", "older than what is kept"),
        ("ahead", "in the future: compare the clocks"),
        ("duplicates", "known already"),
    ):
        count = sum(getattr(one.receipt, name) for one in data)
        if count:
            notes.append(f"{count} samples were left out: {why}")
    return notes
