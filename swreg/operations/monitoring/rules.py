"""The triggers that the configuration sets for a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from swreg.domain.policy import Monitoring, TriggerRule
from swreg.domain.readings import READINGS, Direction, reading_of, usual
from swreg.domain.triggers import Mode, Trigger, make_trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A trigger, and what to do where its window has no figures."""

    trigger: Trigger
    missing: Literal["ignore", "alert"] = "ignore"

    @property
    def mode(self) -> Mode:
        return self.trigger.mode

    def __str__(self) -> str:
        return str(self.trigger)


def rule_of(rule: TriggerRule) -> Rule:
    """The rule as it stands in the configuration; `UsageError` where it says nothing sensible."""
    return Rule(
        missing=rule.missing,
        trigger=make_trigger(
            metric=rule.metric,
            threshold=rule.threshold,
            window=rule.window,
            direction=rule.direction,
            aggregate=rule.aggregate,
            min_samples=rule.min_samples,
            for_=rule.for_,
            cool_down=rule.cool_down,
            hysteresis=rule.hysteresis,
            relative_to=rule.relative_to,
            mode=rule.mode,
        ),
    )


def rules_of(monitoring: Monitoring, model: str) -> list[Rule]:
    """The rules that hold for a model; one of its own replaces the general one of that kind."""
    own = {kind_of(rule) for rule in monitoring.triggers if rule.model == model}
    return [
        rule_of(rule)
        for rule in monitoring.triggers
        if rule.model == model or (rule.model is None and kind_of(rule) not in own)
    ]


def kind_of(rule: TriggerRule) -> tuple[str | None, ...]:
    """What a rule takes the place of: one that only alerts leaves the one that rolls back.

    >>> rolls, tells = (TriggerRule(metric="latency", threshold=9, mode=mode)
    ...     for mode in ("rollback", "alert"))
    >>> kind_of(rolls), kind_of(tells)
    (('latency', None, 'rollback', 'p95'), ('latency', None, 'alert', 'p95'))
    """
    _, aggregate = usual(rule.metric, rule.direction, rule.aggregate)
    return rule.metric, rule.relative_to, rule.mode, aggregate


def tracked_key(model: str, stage: str) -> str:
    """The key of `monitoring.tracked`: the name, with the stage where it is not production."""
    return model if stage == "production" else f"{model}@{stage}"


def metrics_of(monitoring: Monitoring, model: str) -> tuple[str, ...]:
    """Everything that is looked at of a model in production: what is tracked, then triggers'."""
    ruled = (rule.trigger.metric for rule in rules_of(monitoring, model))
    return tuple(dict.fromkeys((*monitoring.tracked.get(model, ()), *ruled)))


def plain_look(metric: str, window: float, *, rules: list[Rule]) -> Trigger:
    """How to look at a metric: as its trigger does, else as the metric is usually read."""
    for rule in rules:
        if rule.trigger.metric == metric:
            return rule.trigger
    reading = READINGS.get(metric) or reading_of(metric)
    direction: Direction = reading.bad if reading else "above"
    return Trigger(
        metric=metric,
        threshold=0.0,
        direction=direction,
        aggregate=reading.aggregate if reading else "mean",
        window=window,
        min_samples=1,
    )
