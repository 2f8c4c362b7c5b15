"""How monitoring reads a metric: which side of it is bad, what a window of it becomes.

A metric that is not in the table can be monitored too, but then somebody has to say which side
is bad, because a guess there would take the better model out of production.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from swreg.domain.measures import direction
from swreg.errors import UsageError

Direction = Literal["above", "below"]

_QUANTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)", re.ASCII)
_PLAIN = ("mean", "min", "max", "count", "rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a metric means.

    `bad` is the side of a threshold that is bad; `aggregate` how a window becomes one number;
    `low` and `high` bound what a sample can be; `min_samples` is how many make a window speak.
    A score such as accuracy is itself worked out from many rows, so one of them counts.
    """

    bad: Direction
    aggregate: str = "mean"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    min_samples: int = 30


_SCORE = Reading(bad="below", low=0.0, high=1.0, min_samples=1)
_LOSS = Reading(bad="above", low=0.0, min_samples=1)
_LATENCY = Reading(bad="above", aggregate="p95", unit="ms", low=0.0)

READINGS: dict[str, Reading] = {
    "accuracy": _SCORE,
    "precision": _SCORE,
    "recall": _SCORE,
    "f1_score": _SCORE,
    "roc_auc": _SCORE,
    "error_rate": Reading(bad="above", low=0.0, high=1.0),
    "latency": _LATENCY,
    "latency_ms": _LATENCY,
    "throughput": Reading(bad="below", aggregate="rate", unit="/s", low=0.0),
    "drift": _LOSS,
    "log_loss": _LOSS,
    "mae": _LOSS,
    "rmse": _LOSS,
}


def reading_of(metric: str) -> Reading | None:
    """How to read a metric, or None where nobody can know which side of it is bad.

    A metric that is only known by its direction is read as a score or loss without bounds.

    >>> reading_of("roc_auc").bad, reading_of("val_loss").bad, reading_of("uplift")
    ('below', 'above', None)
    """
    if metric in READINGS:
        return READINGS[metric]
    better = direction(metric)
    if better is None:
        return None
    return Reading(bad="below" if better == "higher" else "above", min_samples=1)


def usual(
    metric: str, direction: Direction | None, aggregate: str | None
) -> tuple[Direction | None, str]:
    """The bad side and the aggregate that a rule means, with what everybody knows filled in.

    >>> usual("latency", None, None), usual("uplift", None, None)
    (('above', 'p95'), (None, 'mean'))
    """
    known = reading_of(metric)
    side = direction or (known.bad if known else None)
    return side, aggregate or (known.aggregate if known else "mean")


def parse_aggregate(text: str) -> str:
    """Check how a window becomes one number: mean, min, max, count, rate or a quantile `p95`.

    >>> parse_aggregate("p99.9")
    'p99.9'
    """
    if text in _PLAIN or quantile_of(text) is not None:
        return text
    raise UsageError(
        f"{text[:40]!r} is no way to sum up a window", f"use {', '.join(_PLAIN)} or p50, p95, p99"
    )


def quantile_of(aggregate: str) -> float | None:
    """The quantile between 0 and 1 that `p95` means, or None where it is no quantile.

    >>> quantile_of("p95"), quantile_of("mean")
    (0.95, None)
    """
    found = _QUANTILE.fullmatch(aggregate)
    return float(found[1]) / 100 if found else None


def outside(metric: str, value: float) -> str | None:
    """Why a value cannot be one of that metric, or None where it can.

    >>> outside("accuracy", 87.0)
    'accuracy lies between 0 and 1'
    """
    known = READINGS.get(metric)
    if known is None or known.low is None:
        return None
    if known.high is None:
        return f"{metric} is never negative" if value < known.low else None
    if known.low <= value <= known.high:
        return None
    return f"{metric} lies between {known.low:g} and {known.high:g}"
