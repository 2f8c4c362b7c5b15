from __future__ import annotations

import math
from typing import Any

import pytest

from swreg.domain.decisions import Observation, Past, evaluate
from swreg.domain.triggers import Trigger, instants, make_trigger

NOW = 1_700_000_000.0


def trigger(**words: Any) -> Trigger:
    return make_trigger(**{"metric": "latency", "threshold": 200.0, "window": "15m", **words})


def seen(value: float | None, *, samples: int = 100, until: float = NOW) -> Observation:
    return Observation(until=until, value=value, samples=samples)


def decide(rule: Trigger, *values: float | None, **words: Any) -> tuple[str, str]:
    ends = instants(rule, NOW)[-len(values) :]
    windows = [seen(value, until=end) for value, end in zip(values, ends, strict=True)]
    decision = evaluate(rule, windows, now=NOW, **words)
    return decision.outcome, decision.why


def test_a_breach_fires_with_its_evidence() -> None:
    decision = evaluate(trigger(), [seen(250.0, samples=40)], now=NOW)
    assert decision.outcome == "fire"
    assert decision.why == "250 is above the limit 200"
    assert (decision.observed, decision.limit, decision.margin) == (250.0, 200.0, -50.0)
    assert (decision.samples, decision.window, decision.until) == (40, 900.0, NOW)


@pytest.mark.parametrize("value", [0.0, 199.9, 200.0])
def test_up_to_the_limit_is_ok(value: float) -> None:
    assert decide(trigger(), value) == ("ok", f"{value:.6g} is within the limit 200")


def test_a_score_breaks_its_limit_downwards() -> None:
    rule = make_trigger(metric="accuracy", threshold=0.8)
    assert decide(rule, 0.79)[0] == "fire"
    assert decide(rule, 0.8)[0] == "ok"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_no_figure_is_unknown(value: float | None) -> None:
    decision = evaluate(trigger(), [seen(value)], now=NOW)
    assert (decision.outcome, decision.observed, decision.margin) == ("unknown", None, None)


def test_a_source_says_why_it_could_not_tell() -> None:
    silent = Observation(until=NOW, value=None, why="connection refused")
    assert evaluate(trigger(), [silent], now=NOW).why == "connection refused"
    assert evaluate(trigger(), [], now=NOW).why == "nothing was observed"


def test_too_few_samples_are_unknown_either_way() -> None:
    for value in (1.0, 1e9):
        decision = evaluate(trigger(), [seen(value, samples=29)], now=NOW)
        assert (decision.outcome, decision.why) == ("unknown", "29 of at least 30 samples")


def test_a_breach_must_last() -> None:
    rule = trigger(for_="1m")
    assert decide(rule, *[250.0] * 7)[0] == "fire"
    for early in range(6):
        values: list[float | None] = [250.0] * 7
        values[early] = 150.0
        assert decide(rule, *values) == ("pending", "the breach has not lasted 1m yet")
        values[early] = None
        assert decide(rule, *values)[0] == "pending"
    assert decide(rule, *[250.0] * 6)[0] == "pending"
    assert decide(rule, *[250.0] * 6, 150.0)[0] == "ok"


def test_a_trigger_that_just_fired_cools_down() -> None:
    rule = trigger(cool_down="1h")
    assert decide(rule, 250.0, past=Past(last_fired=NOW - 600.5)) == (
        "pending",
        "cooling down for another 50m",
    )
    assert decide(rule, 250.0, past=Past(last_fired=NOW - 3600))[0] == "fire"


def test_recovery_must_be_clear() -> None:
    rule = trigger(hysteresis=0.1)
    over, firing = Past(), Past(firing=True, last_fired=NOW - 7200)
    assert decide(rule, 190.0, past=over)[0] == "ok"
    assert decide(rule, 190.0, past=firing) == (
        "pending",
        "back within the limit, but not yet by 20",
    )
    assert decide(rule, 180.0, past=firing)[0] == "ok"
    assert decide(rule, 201.0, past=firing)[0] == "fire"


def test_a_clock_that_went_back_is_never_believed() -> None:
    future = evaluate(trigger(), [seen(250.0, until=NOW + 1)], now=NOW)
    assert (future.outcome, future.why) == (
        "unknown",
        "a window ends in the future: the clock went back",
    )
    assert decide(trigger(), 250.0, past=Past(last_fired=NOW + 1))[0] == "unknown"


def test_an_old_window_is_no_news() -> None:
    assert evaluate(trigger(), [seen(1.0, until=NOW - 901)], now=NOW).outcome == "unknown"
    assert evaluate(trigger(), [seen(250.0, until=NOW - 60)], now=NOW).outcome == "fire"


@pytest.mark.parametrize(
    ("metric", "value", "outcome"),
    [
        ("accuracy", 0.81, "ok"),
        ("accuracy", 0.80, "fire"),
        ("rmse", 0.98, "ok"),
        ("rmse", 1.0, "fire"),
    ],
)
def test_a_relative_limit_follows_its_baseline(metric: str, value: float, outcome: str) -> None:
    rule = make_trigger(metric=metric, threshold=0.1, relative_to="registration")
    assert decide(rule, value, baseline=0.9)[0] == outcome


@pytest.mark.parametrize("baseline", [None, 0.0, math.nan])
def test_without_a_baseline_a_relative_rule_is_unknown(baseline: float | None) -> None:
    rule = make_trigger(metric="accuracy", threshold=0.1, relative_to="previous")
    assert decide(rule, 0.1, baseline=baseline) == (
        "unknown",
        "there is no previous figure to compare with",
    )
