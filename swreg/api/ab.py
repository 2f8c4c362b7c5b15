"""`run_ab_test`: what the outcomes of two versions say, from Python."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from swreg.api.words import open_project, value_of
from swreg.domain.duration import DAY
from swreg.domain.names import parse_reference
from swreg.domain.readings import Direction
from swreg.monitoring.experiments import AbResult
from swreg.operations.ab.evaluate import evaluate
from swreg.operations.ab.plan import Outcomes, Plan
from swreg.operations.ab.start import require_plan


def run_ab_test(
    control: str,
    treatment: str,
    traffic_split: float = 0.1,
    duration_days: float = 7,
    metric: str | None = None,
    path: Path | str | None = None,
    *,
    direction: Direction | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    minimum_effect: float | None = None,
    minimum_samples: int = 100,
    guard_rails: Mapping[str, float] | None = None,
    outcomes: Outcomes = "samples",
    environment: str | None = None,
    record: bool = True,
) -> AbResult:
    """Judge two versions of a model by the outcomes of the last `duration_days`.

    `control` and `treatment` are references such as `fraud-detection-v3.0.0`. A test that was
    started for these two gives its own outcomes and metric; else all samples of both versions
    count, of `metric` or the team's primary one. `direction` is the bad side of a metric that is
    not known by name, `guard_rails` margins by metric. A decision is committed as an event, once,
    unless `record` is false.

    The result is a mapping and an object: `result["treatment_is_better"]`, `result.interval`, and
    so on. It holds however often this is called. Too little data is never better.
    """
    project = open_project(path, environment)
    old, new = parse_reference(control), parse_reference(treatment)
    plan = Plan(
        metric=metric or project.policy.metrics.primary,
        split=traffic_split,
        days=duration_days,
        bad=direction,
        alpha=alpha,
        power=power,
        minimum_effect=minimum_effect,
        minimum_samples=minimum_samples,
        guard_rails=guard_rails or {},
        outcomes=outcomes,
    )
    require_plan(plan)
    since = time.time() - duration_days * DAY
    return value_of(
        evaluate(
            project,
            old,
            new,
            plan,
            metric=metric,
            since=since,
            now=time.time(),
            record=record,
        )
    )
