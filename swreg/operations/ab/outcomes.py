"""The outcomes of both versions, wherever they were recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from swreg.domain.readings import READINGS
from swreg.domain.triggers import Trigger
from swreg.errors import EnvironmentFault, UsageError
from swreg.monitoring.experiments import Arm, GuardRail, bad_side
from swreg.monitoring.samples import SampleStore
from swreg.monitoring.sources import Source
from swreg.operations.ab.plan import Plan
from swreg.operations.monitoring.sources import prometheus, sample_store
from swreg.operations.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which outcomes count: of a model, in `since < at <= until`, with all of the labels."""

    model: str
    since: float
    until: float
    labels: Mapping[str, str]


def arms(
    project: Project, plan: Plan, span: Span, *, control: str, treatment: str
) -> tuple[Arm, Arm, list[GuardRail]]:
    """Control, treatment and the guard-rails.

    Raises `EnvironmentFault` where the source does not answer: silence is no outcome.
    """
    with sample_store(project) as store:

        def pair(metric: str) -> tuple[Arm, Arm]:
            first, second = (
                _arm(project, plan, store, span, metric, version)
                for version in (control, treatment)
            )
            return first, second

        rails = [
            GuardRail(metric=metric, control=old, treatment=new, margin=margin)
            for metric, margin in plan.guard_rails.items()
            for old, new in [pair(metric)]
        ]
        return (*pair(plan.metric), rails)


def _arm(
    project: Project, plan: Plan, store: SampleStore, span: Span, metric: str, version: str
) -> Arm:
    if plan.outcomes == "prometheus":
        return _from_prometheus(project, plan, span, metric, version)
    found = store.summary(
        model=span.model,
        metric=metric,
        version=version,
        since=span.since,
        until=span.until,
        labels=span.labels,
    )
    return Arm.of(version, found)


def _from_prometheus(project: Project, plan: Plan, span: Span, metric: str, version: str) -> Arm:
    """A share and what it rests on; of other figures a server tells no spread."""
    require_share(metric)
    look = Trigger(
        metric=metric,
        threshold=0.0,
        direction=bad_side(metric, plan.bad if metric == plan.metric else None),
        aggregate="mean",
        window=max(1.0, span.until - span.since),
        min_samples=1,
    )
    source: Source = prometheus(project.policy.monitoring)
    seen = source.observe(look, model=span.model, version=version, until=span.until)
    if seen.failed:
        raise EnvironmentFault(seen.why, "see whether the server runs and can be reached")
    if seen.known is None:
        return Arm(version=version, count=0, mean=0.0, variance=0.0)
    share, count = min(1.0, max(0.0, seen.known)), seen.samples
    variance = share * (1 - share) * count / (count - 1) if count > 1 else 0.0
    return Arm(version=version, count=count, mean=share, variance=variance, proportion=True)


def require_share(metric: str) -> None:
    """Refuse a metric whose spread cannot be known from its mean."""
    if metric != "error_rate":
        unit = READINGS[metric].unit if metric in READINGS else ""
        raise UsageError(
            f"Prometheus does not tell the spread of {metric}{f' in {unit}' if unit else ''}",
            "test error_rate there, or record outcomes: swreg ab record",
        )
