"""The textbook tests, for readers who want to compare: right only at a single look, planned before.

Needs the extra `swreg[stats]`. No decision rests on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from swreg.errors import MissingExtra, UsageError
from swreg.monitoring.experiments import Arm


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedTest:
    """The test's name, its two-sided p-value and the interval of treatment minus control."""

    name: str
    p_value: float
    interval: tuple[float, float]


def fixed_test(control: Arm, treatment: Arm, *, alpha: float = 0.05) -> FixedTest:
    """Two proportions (pooled z, Newcombe's interval) or Welch's t, by what the outcomes are.

    Raises `UsageError` for an arm with fewer than two outcomes.
    """
    if min(control.count, treatment.count) < 2:
        raise UsageError("a test needs at least 2 outcomes in each arm")
    if control.proportion and treatment.proportion:
        return _proportions(control, treatment, alpha)
    return _welch(control, treatment, alpha)


def fixed_power(effect: float, control: Arm, treatment: Arm, *, alpha: float = 0.05) -> float:
    """The chance that a true difference shows in a two-sided z test at a single look."""
    try:
        from statsmodels.stats.power import NormalIndPower
    except ImportError as error:
        raise MissingExtra("statsmodels", "stats", "working out power") from error
    spread = sqrt((control.variance + treatment.variance) / 2)
    return float(
        NormalIndPower().power(
            effect / spread, control.count, alpha, ratio=treatment.count / control.count
        )
    )


def _proportions(control: Arm, treatment: Arm, alpha: float) -> FixedTest:
    try:
        from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
    except ImportError as error:
        raise MissingExtra("statsmodels", "stats", "a test of two proportions") from error
    yes = [round(arm.mean * arm.count) for arm in (treatment, control)]
    if sum(yes) in (0, control.count + treatment.count):
        p_value = 1.0
    else:
        p_value = float(proportions_ztest(yes, [treatment.count, control.count])[1])
    low, high = confint_proportions_2indep(
        yes[0], treatment.count, yes[1], control.count, method="newcomb", alpha=alpha
    )
    return FixedTest(name="two proportions", p_value=p_value, interval=(float(low), float(high)))


def _welch(control: Arm, treatment: Arm, alpha: float) -> FixedTest:
    try:
        from scipy.stats import t as student
    except ImportError as error:
        raise MissingExtra("scipy", "stats", "Welch's test") from error
    parts = [arm.variance / arm.count for arm in (treatment, control)]
    effect, error_of_effect = treatment.mean - control.mean, sqrt(sum(parts))
    if error_of_effect == 0:
        return FixedTest(name="Welch", p_value=float(effect == 0), interval=(effect, effect))
    freedom = sum(parts) ** 2 / (
        parts[0] ** 2 / (treatment.count - 1) + parts[1] ** 2 / (control.count - 1)
    )
    radius = float(student.ppf(1 - alpha / 2, freedom)) * error_of_effect
    return FixedTest(
        name="Welch",
        p_value=float(2 * student.sf(abs(effect) / error_of_effect, freedom)),
        interval=(effect - radius, effect + radius),
    )
