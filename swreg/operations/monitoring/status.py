"""How everything in production does: figures, their course, and how far triggers are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from swreg.domain.catalog import Found, Registry
from swreg.domain.decisions import Observation
from swreg.domain.names import Reference
from swreg.domain.stage import Stage
from swreg.domain.triggers import Trigger
from swreg.errors import EnvironmentFault, NotFound
from swreg.monitoring.sources import Source
from swreg.operations.monitoring.branch import seen_from
from swreg.operations.monitoring.judging import Judged, judge
from swreg.operations.monitoring.rules import metrics_of, plain_look, rules_of, tracked_key
from swreg.operations.monitoring.sources import sample_store, source_of
from swreg.operations.outcome import Outcome, read_outcome
from swreg.operations.project import Project

STEPS = 24
"""Into how many parts the course of a figure is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A metric of one deployed version: over the whole window, and its course, oldest first."""

    model: str
    version: str
    stage: str
    metric: str
    aggregate: str
    value: float | None
    samples: int
    why: str
    course: tuple[tuple[float, float | None], ...]
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Every figure, and every rule, also of models that have nothing in production."""

    window: float
    figures: tuple[Figure, ...]
    judged: tuple[Judged, ...]

    def as_data(self) -> Mapping[str, Any]:
        figures = [
            {
                name: getattr(one, name)
                for name in ("model", "version", "stage", "metric", "aggregate", "value")
            }
            | {"samples": one.samples, "why": one.why, "course": one.course}
            for one in self.figures
        ]
        return {"window": self.window, "figures": figures, "triggers": self.judged}


def status(
    project: Project, *, now: float, window: float, model: str | None = None
) -> Outcome[Status]:
    """The figures of the last `window` seconds of all that is tracked or has a trigger."""
    project.require_layout()
    project = seen_from(project)
    registry = project.registry()
    with sample_store(project) as store:
        judged = judge(project, store, now=now, model=model)
        source = source_of(project, store)
        figures = tuple(
            _figure(project, source, look, judged, now, window)
            for look in _looks(project, registry, model)
        )
    data = Status(window=window, figures=figures, judged=tuple(judged))
    return read_outcome("monitor-status", data, *project.drift_warnings())


@dataclass(frozen=True, slots=True)
class _Look:
    found: Found
    stage: Stage
    metric: str


def _looks(project: Project, registry: Registry, only: str | None) -> Iterator[_Look]:
    monitoring = project.policy.monitoring
    for _, model in registry.models():
        if only not in (None, model.name):
            continue
        for stage in (Stage.PRODUCTION, Stage.STAGING):
            try:
                found = registry.find(Reference(model.name, (model.name,), stage=stage))
            except NotFound:
                continue
            live = stage is Stage.PRODUCTION
            key = tracked_key(model.name, str(stage))
            tracked = monitoring.tracked.get(key, ())
            for metric in metrics_of(monitoring, model.name) if live else tracked:
                yield _Look(found, stage, metric)


def _figure(
    project: Project,
    source: Source,
    look: _Look,
    judged: list[Judged],
    now: float,
    window: float,
) -> Figure:
    name, version = look.found.model.name, str(look.found.version)
    rules = rules_of(project.policy.monitoring, name)
    trigger = replace(plain_look(look.metric, window, rules=rules), window=window)
    whole = observe(source, trigger, name, version, now)
    mine = (one for one in judged if one.model == name and one.rule.trigger.metric == look.metric)
    return Figure(
        model=name,
        version=version,
        stage=str(look.stage),
        metric=look.metric,
        aggregate=trigger.aggregate,
        value=whole.known,
        samples=whole.samples,
        why=whole.why,
        course=course(source, trigger, name, version, now) if whole.samples else (),
        judged=tuple(mine) if look.stage is Stage.PRODUCTION else (),
    )


def course(
    source: Source, trigger: Trigger, model: str, version: str, now: float
) -> tuple[tuple[float, float | None], ...]:
    """The figure in each part of the window: the time it ends at, and the value where known."""
    part = trigger.window / STEPS
    small = replace(trigger, window=part)
    ends = [now - part * left for left in range(STEPS - 1, -1, -1)]
    return tuple((end, observe(source, small, model, version, end).known) for end in ends)


def observe(
    source: Source, trigger: Trigger, model: str, version: str, until: float
) -> Observation:
    """What the source says; one that fails says so."""
    try:
        return source.observe(trigger, model=model, version=version, until=until)
    except EnvironmentFault as fault:
        return Observation(until=until, value=None, why=fault.what, failed=True)
