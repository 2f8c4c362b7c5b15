"""What is kept of many samples: how many, their mean and spread, their range and a sketch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, inf
from operator import mul

from swreg.domain.readings import quantile_of
from swreg.monitoring import sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Samples summed up; summaries merge without loss.

    `spread` is the sum of squared distances from the mean; `first` and `last` are the times of
    the earliest and latest sample, seconds since the epoch, UTC.
    """

    count: int = 0
    mean: float = 0.0
    spread: float = 0.0
    low: float = inf
    high: float = -inf
    first: float = inf
    last: float = -inf
    buckets: bytes = b""

    @property
    def variance(self) -> float:
        """The unbiased sample variance; 0 of fewer than two samples."""
        return self.spread / (self.count - 1) if self.count > 1 else 0.0

    def quantile(self, q: float) -> float | None:
        """The quantile within `sketch.ERROR`, and never outside the samples' own range."""
        found = sketch.quantile(self.buckets, q)
        return None if found is None else min(max(found, self.low), self.high)

    def aggregate(self, name: str, seconds: float) -> float | None:
        """One number for a window of `seconds`: mean, min, max, count, rate (per second) or p95.

        None where there is no sample: no request is neither a rate of nothing nor a good sign.

        >>> summarize([1.0, 2.0], [10.0, 30.0]).aggregate("rate", 60.0)
        0.03333333333333333
        """
        if not self.count:
            return None
        q = quantile_of(name)
        if q is not None:
            return self.quantile(q)
        return {
            "mean": self.mean,
            "min": self.low,
            "max": self.high,
            "count": float(self.count),
            "rate": self.count / seconds,
        }[name]


NOTHING = Summary()


def summarize(times: Sequence[float], values: Sequence[float]) -> Summary:
    """Sum up finite samples, given as times in ascending order and the values beside them.

    >>> summarize([1.0, 2.0], [10.0, 30.0]).mean
    20.0
    """
    if not values:
        return NOTHING
    count = len(values)
    mean = fsum(values) / count
    distances = [value - mean for value in values]
    return Summary(
        count=count,
        mean=mean,
        spread=sum(map(mul, distances, distances)),
        low=min(values),
        high=max(values),
        first=times[0],
        last=times[-1],
        buckets=sketch.sketch_of(values),
    )


def merge(parts: Iterable[Summary]) -> Summary:
    """One summary of everything in them.

    Means and spreads are combined pairwise as in Chan, Golub and LeVeque, "Updating formulae and
    a pairwise algorithm for computing sample variances", 1979.
    """
    given = [part for part in parts if part.count]
    if len(given) < 2:
        return given[0] if given else NOTHING
    count, mean, spread = 0, 0.0, 0.0
    for part in given:
        total = count + part.count
        gap = part.mean - mean
        spread += part.spread + gap * gap * count * part.count / total
        mean += gap * part.count / total
        count = total
    return Summary(
        count=count,
        mean=mean,
        spread=spread,
        low=min(part.low for part in given),
        high=max(part.high for part in given),
        first=min(part.first for part in given),
        last=max(part.last for part in given),
        buckets=sketch.merge(part.buckets for part in given),
    )
