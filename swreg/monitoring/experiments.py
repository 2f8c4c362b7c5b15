"""What an A/B test says: is the treatment better, by how much, and can that be believed?

An outcome is one number for each assigned key; several outcomes of one key depend on each other
and make everything here too sure of itself. Means are compared, whatever the metric.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import inf, isclose, sqrt
from typing import Any, Literal

from swreg.domain.readings import Direction, reading_of
from swreg.errors import UsageError
from swreg.monitoring import sequential
from swreg.monitoring.summary import Summary

Verdict = Literal["better", "worse", "undecided", "too-little-data", "sample-ratio", "guard-rail"]
SAMPLE_RATIO_ALPHA = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How the test is laid out, said before it starts.

    `split` is the treatment's share, `alpha` the chance to be wrong about no difference,
    `power` the chance wanted to see a real one, `minimum_effect` the smallest one that matters
    (absolute; a tenth of the control's mean where it is not said), `minimum_samples` what each
    arm needs before anything counts, `planned_samples` of both arms where the test is sharpest.
    """

    metric: str
    split: float
    bad: Direction | None = None
    alpha: float = 0.05
    power: float = 0.8
    minimum_effect: float | None = None
    minimum_samples: int = 100
    planned_samples: int = 5000

    def __post_init__(self) -> None:
        for name in ("split", "alpha", "power"):
            if not 0 < getattr(self, name) < 1:
                raise UsageError(f"{name} must lie between 0 and 1", "use 0.1 for ten per cent")
        if self.minimum_samples < 2 or self.planned_samples < 1:
            raise UsageError("a test needs at least 2 samples in each arm")
        bad_side(self.metric, self.bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm's outcomes: how many, their mean and their unbiased variance."""

    version: str
    count: int
    mean: float
    variance: float
    proportion: bool = False

    @classmethod
    def of(cls, version: str, outcomes: Summary) -> Arm:
        """The arm from what was recorded; only noughts and ones are a proportion."""
        yes = outcomes.mean
        return cls(
            version=version,
            count=outcomes.count,
            mean=yes,
            variance=outcomes.variance,
            proportion=outcomes.count > 0
            and (outcomes.low, outcomes.high) in {(0, 0), (0, 1), (1, 1)}
            and isclose(outcomes.spread, outcomes.count * yes * (1 - yes), abs_tol=1e-9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRail:
    """A metric that the treatment must not worsen by more than `margin` (absolute)."""

    metric: str
    control: Arm
    treatment: Arm
    margin: float = 0.0
    bad: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What became of a guard-rail; only `kept` lets the treatment win."""

    metric: str
    state: Literal["kept", "broken", "unknown"]
    effect: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbResult(Mapping[str, Any]):
    """The result, as an object and as a mapping of the same names.

    `effect` is treatment minus control, with its always valid `interval` and `p_value`: they hold
    at the level `alpha` however often somebody looked. `power` is the chance that a true
    difference of `power_effect` shows by now, `detectable_effect` what shows with the power
    that was asked for; `sample_ratio_p` tells whether the arms were dealt as designed.
    """

    metric: str
    treatment_is_better: bool
    verdict: Verdict
    why: str
    control: Arm
    treatment: Arm
    effect: float
    relative_effect: float | None
    interval: tuple[float, float]
    p_value: float
    alpha: float
    sample_ratio_p: float
    sample_ratio_ok: bool
    power: float | None
    power_effect: float | None
    detectable_effect: float
    guard_rails: tuple[Guarded, ...] = ()

    @property
    def sample_sizes(self) -> tuple[int, int]:
        """The outcomes of control and treatment."""
        return self.control.count, self.treatment.count

    def __getitem__(self, key: str) -> Any:
        if key in _KEYS:
            return getattr(self, key)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)


_KEYS = (*(field.name for field in fields(AbResult)), "sample_sizes")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    effect: float
    error: float
    r: float
    enough: bool

    @property
    def p_value(self) -> float:
        known = self.enough and self.error > 0
        return sequential.p_value(self.effect / self.error, self.r) if known else 1.0

    def interval(self, alpha: float) -> tuple[float, float]:
        radius = sequential.critical(self.r, alpha) * self.error if self.enough else inf
        return self.effect - radius, self.effect + radius


def bad_side(metric: str, said: Direction | None) -> Direction:
    """Which side of a metric is bad; raises `UsageError` where nobody knows or says."""
    reading = reading_of(metric)
    known = reading.bad if reading else None
    if known is not None and said not in (None, known):
        raise UsageError(f"{said} is not the bad side of {metric}", f"it is {known}")
    if known is None and said not in ("above", "below"):
        raise UsageError(
            f"{metric[:60]!r} is no metric known by name", "say which side is bad, above or below"
        )
    return known or said  # type: ignore[return-value]


def judge(
    design: Design, control: Arm, treatment: Arm, guard_rails: Sequence[GuardRail] = ()
) -> AbResult:
    """Decide by everything recorded so far; too little data is never better.

    The treatment is better where the always valid interval lies wholly on the good side, both
    arms have enough outcomes in the ratio they were dealt in, and every guard-rail is kept.
    """
    difference = _difference(design, control, treatment)
    ratio = sequential.sample_ratio_p(control.count, treatment.count, design.split)
    guarded = tuple(_guard(design, rail) for rail in guard_rails)
    verdict, why = _verdict(design, difference, ratio, guarded)
    wanted = design.minimum_effect or abs(control.mean) / 10 or None
    some = difference.error if difference.error > 0 else inf
    return AbResult(
        metric=design.metric,
        treatment_is_better=verdict == "better",
        verdict=verdict,
        why=why,
        control=control,
        treatment=treatment,
        effect=difference.effect,
        relative_effect=difference.effect / abs(control.mean) if control.mean else None,
        interval=difference.interval(design.alpha),
        p_value=difference.p_value,
        alpha=design.alpha,
        sample_ratio_p=ratio,
        sample_ratio_ok=ratio > SAMPLE_RATIO_ALPHA,
        power=sequential.power(wanted, some, difference.r, design.alpha) if wanted else None,
        power_effect=wanted,
        detectable_effect=sequential.detectable(
            some, difference.r, alpha=design.alpha, wanted=design.power
        ),
        guard_rails=guarded,
    )


def _difference(design: Design, control: Arm, treatment: Arm) -> _Difference:
    return _Difference(
        effect=treatment.mean - control.mean,
        error=standard_error(control, treatment),
        r=sequential.information(
            control.count,
            treatment.count,
            planned=design.planned_samples,
            split=design.split,
            alpha=design.alpha,
        ),
        enough=min(control.count, treatment.count) >= design.minimum_samples,
    )


def standard_error(control: Arm, treatment: Arm) -> float:
    """The standard error of the difference: by separate or by pooled variance, the larger.

    Early in a lopsided test a small arm may have seen no rare event and so seem free of variance;
    the separate variance alone then rejects true hypotheses three times too often.
    """
    if min(control.count, treatment.count) < 2:
        return 0.0
    shares = 1 / control.count, 1 / treatment.count
    apart = control.variance * shares[0] + treatment.variance * shares[1]
    both = control.count + treatment.count
    gap = (treatment.mean - control.mean) ** 2 * control.count * treatment.count / both
    squares = control.variance * (control.count - 1) + treatment.variance * (treatment.count - 1)
    return sqrt(max(apart, (squares + gap) / (both - 1) * sum(shares)))


def _guard(design: Design, rail: GuardRail) -> Guarded:
    difference = _difference(design, rail.control, rail.treatment)
    low, high = difference.interval(design.alpha)
    least, most = (low, high) if bad_side(rail.metric, rail.bad) == "above" else (-high, -low)
    state: Literal["kept", "broken", "unknown"] = "unknown"
    if difference.enough and least > rail.margin:
        state = "broken"
    elif difference.enough and most <= rail.margin:
        state = "kept"
    return Guarded(
        metric=rail.metric,
        state=state,
        effect=difference.effect,
        interval=(low, high),
    )


def _verdict(
    design: Design, difference: _Difference, ratio: float, guarded: Sequence[Guarded]
) -> tuple[Verdict, str]:
    if not difference.enough:
        return "too-little-data", f"each arm needs at least {design.minimum_samples} outcomes"
    if ratio <= SAMPLE_RATIO_ALPHA:
        return "sample-ratio", f"the arms were not dealt {design.split:g} to the treatment"
    low, high = difference.interval(design.alpha)
    if low <= 0 <= high:
        return "undecided", "no difference can be told yet"
    if (low > 0) == (bad_side(design.metric, design.bad) == "above"):
        return "worse", f"the treatment is worse in {design.metric}"
    for rail in guarded:
        if rail.state != "kept":
            return "guard-rail", f"the guard-rail {rail.metric} is {rail.state}"
    return "better", f"the treatment is better in {design.metric}"
