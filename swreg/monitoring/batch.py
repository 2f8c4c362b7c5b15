"""Samples on their way into the store: what they belong to, and whether they can be true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from operator import le
from typing import Any

from swreg.domain.duration import DAY
from swreg.domain.readings import outside
from swreg.errors import UsageError

AB = "ab"
"""The label of the outcomes of an A/B test: an outcome is no sample of how a service behaves."""

AHEAD = 300.0
"""How far, in seconds, a sample's clock may run before ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a run of samples belongs to. Labels are for a few kinds of thing, never for ids."""

    model: str
    version: str
    metric: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a batch.

    `late` samples are older than what is kept, `ahead` ones more than `AHEAD` in the future, and
    `duplicates` carry an id that is already known; none of these is stored.
    """

    stored: int = 0
    duplicates: int = 0
    late: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many seconds raw samples, minutes and hours are kept."""

    points: float = 7 * DAY
    minutes: float = 35 * DAY
    hours: float = 400 * DAY


LARGEST = 1e100
"""No figure of a model is larger; beyond it sums of squares would overflow."""


def check(
    series: Series, times: Sequence[float], values: Sequence[float], ids: Sequence[str] | None
) -> None:
    """Raise `UsageError` where a batch holds anything that is no possible figure of the metric."""
    if len(times) != len(values) or (ids is not None and len(ids) != len(times)):
        raise UsageError("times, values and ids of a batch differ in length", "send one of each")
    # One pass in C passes the common good batch; only a bad one is looked at one by one.
    if not (_finite(sum, times) and _finite(sum, values)):
        for at, value in zip(times, values, strict=True):
            if not (_finite(float, at) and _finite(float, value)):
                raise UsageError(
                    f"{series.metric} {value!r} at {at!r} is no finite number",
                    "leave the sample out; a missing figure is not a zero",
                )
    for value in (min(values), max(values)) if len(values) else ():
        if abs(value) > LARGEST:
            raise UsageError(f"the sample {value:g} is too large", f"at most {LARGEST:g}")
        if fault := outside(series.metric, value):
            raise UsageError(f"the sample {value:g} is impossible: {fault}", "check its unit")


def in_order(
    times: Sequence[float], values: Sequence[float], chosen: Sequence[int]
) -> tuple[Sequence[float], Sequence[float]]:
    """The chosen samples in ascending order of time."""
    if len(chosen) == len(times) and all(map(le, times, islice(times, 1, None))):
        return times, values
    order = sorted(chosen, key=times.__getitem__)
    return [times[n] for n in order], [values[n] for n in order]


def _finite(number: Callable[[Any], float], given: Any) -> bool:
    try:
        return not isinstance(given, str) and isfinite(number(given))
    except (TypeError, ValueError, OverflowError):
        return False
