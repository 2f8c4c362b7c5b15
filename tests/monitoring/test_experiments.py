"""The statistics of A/B tests, held against simulation and against reference implementations."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import betaln
from scipy.stats import ttest_ind

from swreg.errors import MissingExtra, UsageError
from swreg.monitoring import sequential
from swreg.monitoring.experiments import AbResult, Arm, Design, GuardRail, judge, standard_error
from swreg.monitoring.fixed_tests import fixed_power, fixed_test
from swreg.monitoring.summary import summarize

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray[Any, Any]]
DESIGN = Design(metric="error_rate", split=0.5)


def arm(count: int, mean: float, variance: float | None = None, version: str = "v1.0.0") -> Arm:
    spread = mean * (1 - mean) if variance is None else variance
    return Arm(version=version, count=count, mean=mean, variance=spread, proportion=True)


def mean_arm(seen: Any) -> Arm:
    count, mean, variance = (float(number) for number in seen)
    return Arm(version="v1.0.0", count=int(count), mean=mean, variance=variance)


def arm_of(values: Any) -> Arm:
    return Arm.of("v1.0.0", summarize(range(len(values)), [float(value) for value in values]))


def test_a_clear_gain_is_better() -> None:
    result = judge(DESIGN, arm(5000, 0.10), arm(5000, 0.05, version="v2.0.0"))
    assert result.treatment_is_better
    assert (result.verdict, result.why) == ("better", "the treatment is better in error_rate")
    assert result.effect == pytest.approx(-0.05)
    assert result.relative_effect == pytest.approx(-0.5)
    assert result.interval[0] < -0.05 < result.interval[1] < 0
    assert result.p_value < 1e-6
    assert result.sample_ratio_ok
    assert result.sample_sizes == (5000, 5000)


def test_the_result_is_a_mapping_of_its_names() -> None:
    result = judge(DESIGN, arm(5000, 0.10), arm(5000, 0.05))
    assert result["treatment_is_better"] is True
    assert dict(result)["sample_sizes"] == (5000, 5000)
    assert len(result) == len(list(result)) == len(dict(result))
    for key in ("effect", "interval", "p_value", "sample_ratio_p", "power", "detectable_effect"):
        assert result[key] == getattr(result, key)
    with pytest.raises(KeyError):
        result["guard"]
    assert result == judge(DESIGN, arm(5000, 0.10), arm(5000, 0.05))


@pytest.mark.parametrize(
    ("metric", "treatment", "verdict"),
    [
        ("error_rate", 0.05, "better"),
        ("error_rate", 0.15, "worse"),
        ("accuracy", 0.05, "worse"),
        ("accuracy", 0.15, "better"),
        ("accuracy", 0.101, "undecided"),
    ],
)
def test_the_metric_says_which_way_is_better(metric: str, treatment: float, verdict: str) -> None:
    design = Design(metric=metric, split=0.5)
    assert judge(design, arm(5000, 0.10), arm(5000, treatment)).verdict == verdict


@pytest.mark.parametrize(("control", "treatment"), [(0, 0), (99, 5000), (5000, 99), (1, 0)])
def test_too_little_data_is_never_better(control: int, treatment: int) -> None:
    result = judge(DESIGN, arm(control, 0.9), arm(treatment, 0.0))
    assert (result.treatment_is_better, result.verdict) == (False, "too-little-data")
    assert (result.p_value, result.interval) == (1.0, (-math.inf, math.inf))


def test_arms_that_were_dealt_wrongly_prove_nothing() -> None:
    result = judge(DESIGN, arm(5000, 0.10), arm(6000, 0.05))
    assert (result.treatment_is_better, result.sample_ratio_ok) == (False, False)
    assert result.verdict == "sample-ratio"


def test_no_variance_at_all_is_no_difference() -> None:
    result = judge(DESIGN, arm(5000, 0.0), arm(5000, 0.0))
    assert (result.verdict, result.p_value, result.power) == ("undecided", 1.0, None)


@pytest.mark.parametrize(
    ("slower", "count", "state"),
    [(0.0, 5000, "kept"), (30.0, 5000, "broken"), (0.0, 50, "unknown")],
)
def test_a_guard_rail_must_be_kept(slower: float, count: int, state: str) -> None:
    rail = GuardRail(
        metric="latency",
        control=arm(count, 100.0, 400.0),
        treatment=arm(count, 100.0 + slower, 400.0),
        margin=10.0,
    )
    result = judge(DESIGN, arm(5000, 0.10), arm(5000, 0.05), [rail])
    assert result.guard_rails[0].state == state
    assert result.treatment_is_better == (state == "kept")
    assert result.verdict == ("better" if state == "kept" else "guard-rail")


def test_a_score_is_guarded_downwards() -> None:
    worse = GuardRail(metric="accuracy", control=arm(5000, 0.9), treatment=arm(5000, 0.7))
    better = GuardRail(metric="accuracy", control=arm(5000, 0.7), treatment=arm(5000, 0.9))
    arms = arm(5000, 0.10), arm(5000, 0.05)
    assert judge(DESIGN, *arms, [worse]).guard_rails[0].state == "broken"
    assert judge(DESIGN, *arms, [better]).treatment_is_better


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"split": 0.0}, "split must lie between 0 and 1"),
        ({"split": 10.0}, "split must lie between 0 and 1"),
        ({"alpha": 1.0}, "alpha must lie between 0 and 1"),
        ({"power": float("nan")}, "power must lie between 0 and 1"),
        ({"minimum_samples": 1}, "at least 2 samples in each arm"),
        ({"metric": "clicks"}, "'clicks' is no metric known by name; say which side is bad"),
        ({"bad": "below"}, "below is not the bad side of error_rate; it is above"),
    ],
)
def test_a_design_that_says_nothing_certain_is_refused(words: dict[str, Any], line: str) -> None:
    with pytest.raises(UsageError, match=line):
        Design(**{"metric": "error_rate", "split": 0.5, **words})
    assert Design(metric="clicks", split=0.5, bad="below").bad == "below"


def test_arms_know_a_proportion() -> None:
    assert arm_of([0, 1, 1, 0]).proportion
    assert arm_of([1, 1]).proportion
    assert not arm_of([0, 0.5, 1]).proportion
    assert not arm_of([]).proportion


# The formulas, each against another way to the same number.


@pytest.mark.parametrize(("z", "r"), [(0.0, 1.0), (2.5, 0.3), (4.0, 8.0), (3.0, 500.0)])
def test_the_likelihood_ratio_is_the_mixture_it_says(z: float, r: float) -> None:
    """Integrates the normal likelihood ratio over drifts from N(0, r), in standard errors."""
    drifts = np.linspace(-12, 12, 200_001) * math.sqrt(r)
    density = np.exp(-(drifts**2) / (2 * r)) / math.sqrt(2 * math.pi * r)
    mixed = np.trapezoid(density * np.exp(drifts * z - drifts**2 / 2), drifts)
    assert sequential.p_value(z, r) == pytest.approx(min(1.0, 1 / mixed), rel=1e-6)


@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.2])
def test_the_interval_and_the_p_value_agree(alpha: float) -> None:
    for r in (0.01, 1.0, 50.0):
        edge = sequential.critical(r, alpha)
        assert sequential.p_value(edge * 1.0001, r) < alpha < sequential.p_value(edge * 0.9999, r)


def test_the_test_is_sharpest_where_it_was_planned() -> None:
    def edge(count: int) -> float:
        r = sequential.information(count // 2, count // 2, planned=5000, split=0.5, alpha=0.05)
        return sequential.critical(r, 0.05)

    assert min(range(1000, 20_000, 100), key=edge) == 5000
    assert edge(0) == math.inf


def test_the_sample_ratio_is_the_beta_mixture_it_says() -> None:
    for control, treatment, split in ((900, 120, 0.1), (5000, 5300, 0.5), (10, 0, 0.5)):
        a, b = 100 * split, 100 * (1 - split)
        ratio = betaln(a + treatment, b + control) - betaln(a, b)
        ratio -= treatment * math.log(split) + control * math.log(1 - split)
        expected = min(1.0, math.exp(-ratio))
        assert sequential.sample_ratio_p(control, treatment, split) == pytest.approx(expected)


# Simulation: what the words "always valid" and "power" promise.


def looks(
    draw: Draw, *, split: float, tests: int, size: int, shift: float = 0.0, step: int = 20
) -> Any:
    """Arms of simulated tests at every `step` outcomes: count, mean, variance, (test, look, arm)."""
    chance = np.random.default_rng(20240120)
    values = draw(chance, (tests, size))
    treated = chance.random((tests, size)) < split
    values = values + shift * treated
    arms = []
    for mask in (~treated, treated):
        count = np.cumsum(mask, axis=1)[:, step - 1 :: step]
        total = np.cumsum(values * mask, axis=1)[:, step - 1 :: step]
        squares = np.cumsum(values**2 * mask, axis=1)[:, step - 1 :: step]
        mean = total / np.maximum(count, 1)
        variance = np.maximum(squares - count * mean**2, 0) / np.maximum(count - 1, 1)
        arms.append(np.stack([count, mean, variance], axis=-1))
    return np.stack(arms, axis=2)


def ever_rejects(seen: Any, design: Design) -> float:
    """The share of tests in which the p-value, worked out as `judge` does, ever reaches alpha."""
    rejected = 0
    for test in seen:
        for control, treatment in test:
            if min(control[0], treatment[0]) < design.minimum_samples:
                continue
            arms = [arm(int(one[0]), float(one[1]), float(one[2])) for one in (control, treatment)]
            error = standard_error(*arms)
            r = sequential.information(
                arms[0].count,
                arms[1].count,
                planned=design.planned_samples,
                split=design.split,
                alpha=design.alpha,
            )
            effect = arms[1].mean - arms[0].mean
            if error > 0 and sequential.p_value(effect / error, r) <= design.alpha:
                rejected += 1
                break
    return rejected / len(seen)


DRAWS: dict[str, Draw] = {
    "normal": lambda chance, shape: chance.standard_normal(shape),
    "skewed": lambda chance, shape: chance.lognormal(0, 1, shape),
    "common": lambda chance, shape: (chance.random(shape) < 0.3).astype(float),
    "rare": lambda chance, shape: (chance.random(shape) < 0.02).astype(float),
}


@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("split", [0.1, 0.5])
def test_peeking_does_not_raise_false_alarms(kind: str, split: float) -> None:
    """Under no difference at most alpha of all tests ever reject, looked at 150 times."""
    design = Design(metric="queue", bad="above", split=split, planned_samples=1000)
    share = ever_rejects(looks(DRAWS[kind], split=split, tests=200, size=3000), design)
    # Three standard errors above alpha for 200 tests.
    assert share <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)


@pytest.mark.slow
@pytest.mark.parametrize("kind", DRAWS)
@pytest.mark.parametrize("split", [0.1, 0.5])
@pytest.mark.parametrize("planned", [200, 5000])
def test_peeking_stays_safe_in_the_long_run(kind: str, split: float, planned: int) -> None:
    design = Design(metric="queue", bad="above", split=split, planned_samples=planned)
    seen = looks(DRAWS[kind], split=split, tests=1000, size=10_000, step=50)
    assert ever_rejects(seen, design) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1000)


def test_the_naive_test_would_raise_them() -> None:
    """The simulation itself can fail: a fixed test looked at as often rejects far too often."""
    seen = looks(DRAWS["normal"], split=0.5, tests=200, size=3000)
    count, mean, variance = (seen[..., n] for n in range(3))
    error = np.sqrt((variance / np.maximum(count, 1)).sum(axis=2))
    z = np.abs(mean[..., 1] - mean[..., 0]) / np.maximum(error, 1e-9)
    assert (z[:, 10:] > 1.96).any(axis=1).mean() > 0.2


def test_power_is_what_was_computed() -> None:
    """At a single look the share of rejections is the computed power; with peeking it is more."""
    size, shift = 4000, 0.12
    design = Design(metric="queue", bad="above", split=0.5, minimum_effect=shift)
    seen = looks(DRAWS["normal"], split=0.5, tests=600, size=size, shift=shift, step=100)
    r = sequential.information(size // 2, size // 2, planned=5000, split=0.5, alpha=0.05)
    computed = sequential.power(shift, math.sqrt(4 / size), r, 0.05)
    assert 0.6 < computed < 0.9
    noise = 3 * math.sqrt(computed * (1 - computed) / 600)
    assert ever_rejects(seen[:, -1:], design) == pytest.approx(computed, abs=noise)
    assert ever_rejects(seen, design) >= computed - noise


def test_the_detectable_effect_shows_with_the_wanted_power() -> None:
    result = judge(DESIGN, arm(2500, 0.10), arm(2500, 0.10))
    again = Design(metric="error_rate", split=0.5, minimum_effect=result.detectable_effect)
    assert judge(again, arm(2500, 0.10), arm(2500, 0.10)).power == pytest.approx(0.8)
    larger = judge(DESIGN, arm(25_000, 0.10), arm(25_000, 0.10))
    assert larger.detectable_effect < result.detectable_effect
    assert larger.power_effect == pytest.approx(0.01)
    assert judge(DESIGN, arm(0, 0.0), arm(0, 0.0)).detectable_effect == math.inf


def test_a_fair_split_is_seldom_called_unfair() -> None:
    chance = np.random.default_rng(5)
    treated = np.cumsum(chance.random((400, 3000)) < 0.1, axis=1)[:, ::30]
    smallest = [
        min(
            sequential.sample_ratio_p(30 * n + 1 - int(count), int(count), 0.1)
            for n, count in enumerate(test)
        )
        for test in treated
    ]
    assert np.mean(np.array(smallest) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
    assert sequential.sample_ratio_p(10_000, 1300, 0.1) < 0.001


# The textbook tests, against their libraries and by simulation.


def test_welch_is_scipys() -> None:
    chance = np.random.default_rng(3)
    some, others = chance.normal(0, 1, 40), chance.normal(0.3, 3, 25)
    mine = fixed_test(arm_of(some), arm_of(others))
    reference = ttest_ind(others, some, equal_var=False)
    interval = reference.confidence_interval(0.95)
    assert mine.name == "Welch"
    assert mine.p_value == pytest.approx(reference.pvalue)
    assert mine.interval == pytest.approx((interval.low, interval.high))
    same = arm_of([2.0, 2.0])
    assert fixed_test(same, same).p_value == 1.0


def test_two_proportions_are_pooled() -> None:
    control, treatment = arm(1000, 0.10), arm(400, 0.15)
    mine = fixed_test(control, treatment)
    pooled = (100 + 60) / 1400
    z = 0.05 / math.sqrt(pooled * (1 - pooled) * (1 / 1000 + 1 / 400))
    assert mine.name == "two proportions"
    assert mine.p_value == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert mine.interval[0] < 0.05 < mine.interval[1]
    assert fixed_test(arm(50, 0.0), arm(50, 0.0)).p_value == 1.0
    with pytest.raises(UsageError, match="at least 2 outcomes"):
        fixed_test(arm(1, 0.0), arm(50, 0.0))


def test_the_fixed_power_is_what_a_single_look_has() -> None:
    size, shift = 1000, 0.18
    seen = looks(DRAWS["normal"], split=0.5, tests=800, size=size, shift=shift, step=size)[:, 0]
    rejected = np.mean(
        [fixed_test(*(mean_arm(one) for one in test)).p_value <= 0.05 for test in seen]
    )
    half = arm(size // 2, 0.0, 1.0)
    computed = fixed_power(shift, half, half)
    assert rejected == pytest.approx(computed, abs=3 * math.sqrt(computed * (1 - computed) / 800))


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("scipy.stats", lambda: fixed_test(arm_of([1.0, 2.5]), arm_of([1.0, 2.0]))),
        ("statsmodels.stats.proportion", lambda: fixed_test(arm(9, 0.5), arm(9, 0.5))),
        ("statsmodels.stats.power", lambda: fixed_power(0.1, arm(9, 0.5), arm(9, 0.5))),
    ],
)
def test_without_the_extra_it_is_named(
    monkeypatch: pytest.MonkeyPatch, package: str, call: Callable[[], object]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=r"pip install 'swreg\[stats\]'"):
        call()


def test_the_decision_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("scipy", "scipy.stats", "statsmodels", "numpy"):
        monkeypatch.setitem(sys.modules, package, None)
    result: AbResult = judge(DESIGN, arm(5000, 0.10), arm(5000, 0.05))
    assert result.treatment_is_better
