"""What is tracked and what triggers: rules of the team, so they are committed and audited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches

from swreg.domain import shape
from swreg.domain.names import parse_name
from swreg.domain.policy import TriggerRule
from swreg.domain.readings import READINGS, reading_of
from swreg.domain.stage import POINTED, Stage
from swreg.errors import UsageError
from swreg.operations.monitoring.judging import live
from swreg.operations.monitoring.recording import parse_metric
from swreg.operations.monitoring.rules import rule_of, tracked_key
from swreg.operations.outcome import Outcome
from swreg.operations.policy_file import PolicyChange, change
from swreg.operations.policy_rules import set_triggers
from swreg.operations.project import Project
from swreg.operations.transaction import WriteOptions


def track(
    project: Project,
    name: str,
    metrics: Iterable[str] | str,
    *,
    stage: Stage = Stage.PRODUCTION,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Name the metrics of a model that are looked at in a stage, in place of those before."""
    if stage not in POINTED:
        raise UsageError(f"{stage} has many versions", "track staging or production")
    named = (metrics,) if isinstance(metrics, str) else metrics
    wanted = list(dict.fromkeys(parse_metric(one) for one in named))
    if not wanted:
        raise UsageError("no metrics are named", "name some, like accuracy latency error_rate")
    project.registry().model(parse_name(name))
    key = ("monitoring", "tracked", tracked_key(name, str(stage)))
    outcome = change(project, lambda policy: {key: wanted}, reason=reason, options=options)
    doubts = [line for one in wanted for line in _misspelt(one)]
    return replace(outcome, warnings=(*outcome.warnings, *doubts))


def _misspelt(metric: str) -> Iterator[str]:
    """A line where a metric of one's own looks like one that is known by name.

    >>> list(_misspelt("latncy")), list(_misspelt("uplift"))
    (['latncy is no metric known by name; is it latency?'], [])
    """
    if reading_of(metric) is None and (
        near := get_close_matches(metric, READINGS, n=1, cutoff=0.8)
    ):
        yield f"{metric} is no metric known by name; is it {near[0]}?"


def set_auto_rollback(
    project: Project,
    rules: Iterable[TriggerRule],
    *,
    reason: str = "",
    options: WriteOptions = WriteOptions(),
) -> Outcome[PolicyChange]:
    """Set triggers; each takes the place of the one for the same model, metric and comparison.

    Raises `UsageError` for a rule that says nothing sensible and `NotFound` for an unknown model;
    a model without production is warned of, because its day may come.
    """
    wanted = tuple(_typed(rule) for rule in rules)
    for rule in wanted:
        parse_metric(rule.metric)
        rule_of(rule)
        if rule.hysteresis and rule.mode == "rollback":
            raise UsageError(
                "hysteresis does nothing for a rollback, which changes the version",
                "leave it out, or say mode alert",
            )
    outcome = set_triggers(project, wanted, reason=reason, options=options)
    return replace(outcome, warnings=(*outcome.warnings, *_idle(project, wanted)))


def _typed(rule: TriggerRule) -> TriggerRule:
    """The rule as the configuration would hold it; a caller may have given anything."""
    try:
        return shape.read(TriggerRule, shape.write(rule))
    except shape.ShapeError as error:
        raise UsageError(f"this makes no trigger: {error}", "give numbers as numbers") from error


def require_model(project: Project, name: str | None) -> None:
    """Refuse a model that is not registered."""
    if name is not None:
        project.registry().model(parse_name(name))


def _idle(project: Project, rules: Iterable[TriggerRule]) -> list[str]:
    registry = project.registry()
    named = dict.fromkeys(rule.model for rule in rules if rule.model)
    return [
        f"{name} has nothing in production yet, so its trigger waits"
        for name in named
        if live(registry, name) is None
    ]
