"""What a trigger is: the rule that a monitored figure of a deployed version must not break.

How a rule is held against figures is in `decisions`; this module only makes sure that a rule
says exactly one thing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from swreg.domain.duration import HOUR, duration_text, parse_duration
from swreg.domain.readings import (
    READINGS,
    Direction,
    Reading,
    outside,
    parse_aggregate,
    reading_of,
)
from swreg.errors import UsageError

Mode = Literal["rollback", "alert"]
Baseline = Literal["registration", "previous"]

_LOOKS = 6
"""How many earlier windows a `for` duration is checked at, besides the present one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A rule with nothing left to guess; lengths of time are in seconds.

    `threshold` is in the metric's unit or, with `relative_to`, a fraction of the baseline (0.10
    is ten per cent worse). `for_` is how long the breach must last, `cool_down` the pause after
    it fired, `hysteresis` the fraction of the limit by which it must recover to be ok again.
    """

    metric: str
    threshold: float
    direction: Direction
    aggregate: str
    window: float
    min_samples: int
    for_: float = 0.0
    cool_down: float = HOUR
    hysteresis: float = 0.0
    relative_to: Baseline | None = None
    mode: Mode = "rollback"

    def __str__(self) -> str:
        unit = READINGS[self.metric].unit if self.metric in READINGS else ""
        limit = f"{self.threshold:g}{unit}"
        if self.relative_to:
            limit = f"the {self.relative_to} baseline by {self.threshold:.4g} of it"
        return (
            f"{self.metric} {self.aggregate} {self.direction} {limit} "
            f"over {duration_text(self.window)}"
        )


def make_trigger(
    *,
    metric: str,
    threshold: float,
    window: str = "24h",
    direction: Direction | None = None,
    aggregate: str | None = None,
    min_samples: int | None = None,
    for_: str | None = None,
    cool_down: str | None = None,
    hysteresis: float = 0.0,
    relative_to: Baseline | None = None,
    mode: Mode = "rollback",
) -> Trigger:
    """The trigger that a person means, with what is known of the metric filled in.

    Raises `UsageError` for an unknown metric without a direction, a direction that contradicts
    the metric, a threshold the metric cannot reach and a length of time without a unit.

    >>> str(make_trigger(metric="latency", threshold=200, window="15m"))
    'latency p95 above 200ms over 15m'
    """
    known = reading_of(metric) or _unknown(metric, direction)
    if direction not in (None, known.bad):
        raise UsageError(
            f"{metric} {direction} a threshold is no harm", f"its bad side is {known.bad!r}"
        )
    _check_threshold(metric, threshold, known.bad, relative_to)
    if not 0 <= hysteresis < 1:
        raise UsageError(f"the hysteresis {hysteresis!r} is no fraction", "use 0.05 for 5 per cent")
    fewest = known.min_samples if min_samples is None else min_samples
    if fewest < 1:
        raise UsageError("min_samples must be at least 1", "no data is never a reason to act")
    return Trigger(
        metric=metric,
        threshold=float(threshold),
        direction=known.bad,
        aggregate=parse_aggregate(aggregate or known.aggregate),
        window=parse_duration(window),
        min_samples=fewest,
        for_=parse_duration(for_ or "0s", kind="for", zero=True),
        cool_down=parse_duration(cool_down or "1h", kind="cool_down", zero=True),
        hysteresis=hysteresis,
        relative_to=relative_to,
        mode=mode,
    )


def instants(trigger: Trigger, now: float) -> tuple[float, ...]:
    """The ends of the windows to observe for one decision, the oldest first.

    >>> trigger = make_trigger(metric="latency", threshold=200, for_="1m")
    >>> instants(trigger, 600.0)
    (540.0, 550.0, 560.0, 570.0, 580.0, 590.0, 600.0)
    """
    if not trigger.for_:
        return (now,)
    return tuple(now - trigger.for_ * left / _LOOKS for left in range(_LOOKS, -1, -1))


def _unknown(metric: str, direction: Direction | None) -> Reading:
    if direction is None:
        raise UsageError(
            f"{metric[:60]!r} is no metric known by name",
            f"say direction above or below, or use one of {', '.join(READINGS)}",
        )
    if direction not in get_args(Direction):
        raise UsageError(f"{direction!r} is no direction", "use above or below")
    return Reading(bad=direction)


def _check_threshold(
    metric: str, threshold: float, bad: Direction, relative_to: Baseline | None
) -> None:
    if isinstance(threshold, bool) or not math.isfinite(threshold):
        raise UsageError(f"the threshold {threshold!r} is no finite number")
    if relative_to is None:
        if fault := outside(metric, threshold):
            raise UsageError(f"the threshold {threshold:g} is out of reach: {fault}")
    elif relative_to not in get_args(Baseline):
        raise UsageError(f"{relative_to!r} is no baseline", "use registration or previous")
    elif threshold <= 0 or (bad == "below" and threshold >= 1):
        raise UsageError(
            f"the threshold {threshold:g} is no fraction of a baseline", "use 0.10 for 10 per cent"
        )
