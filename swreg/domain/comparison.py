"""Two versions side by side, and which of them is better.

A measure counts for the verdict only where both versions have it and where we know which way is
better. A version is better where some measures are better and none is worse.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from swreg.domain import comparison_text
from swreg.domain.facts import Facts
from swreg.domain.features import FeatureChanges
from swreg.domain.measures import Direction, direction, label, ordered, tolerance
from swreg.domain.metadata import metrics, performance
from swreg.domain.quantity import Quantity
from swreg.domain.shape import write
from swreg.domain.significance import Significance

T = TypeVar("T")
Result = Literal["better", "worse", "equal", "unknown"]
Verdict = Literal["better", "worse", "mixed", "equal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One metric or performance figure of both versions.

    `old` and `new` are the texts to show (None: not recorded); `change` is the relative change,
    0.024 for +2.4 %, None where there is no ratio. `result` is seen from the newer version.
    """

    label: str
    old: str | None
    new: str | None
    change: float | None
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What `b` has over `a`; `str()` is the report for a terminal, without a last newline.

    `signature` says what breaks the callers of `a`, `significance` how likely the difference of a
    metric is by chance, where both versions have it on every fold. The verdict leaves that out.
    """

    a: str
    b: str
    metrics: Mapping[str, Measure]
    performance: Mapping[str, Measure]
    features: FeatureChanges
    signature: tuple[str, ...]
    significance: Mapping[str, Significance] = field(default_factory=dict)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Metrics, then performance."""
        return (*self.metrics.values(), *self.performance.values())

    def labels(self, result: Result) -> list[str]:
        """The measures that came out so."""
        return [one.label for one in self.measures if one.result == result]

    @property
    def verdict(self) -> Verdict:
        """Better, worse, mixed or equal; equal also where nothing could be judged."""
        better, worse = bool(self.labels("better")), bool(self.labels("worse"))
        if better and worse:
            return "mixed"
        if better:
            return "better"
        return "worse" if worse else "equal"

    @property
    def recommendation(self) -> str:
        """The verdict as a sentence, with its mark."""
        return comparison_text.recommendation(self)

    def __str__(self) -> str:
        return comparison_text.report(self)

    def to_markdown(self) -> str:
        """The same for a pull-request comment; nothing in it can act."""
        return comparison_text.markdown(self)

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON: the fields, the verdict and the recommendation."""
        data: dict[str, Any] = write(self)
        return {**data, "verdict": self.verdict, "recommendation": self.recommendation}


def compare(a: Facts, b: Facts, *, directions: Mapping[str, Direction] | None = None) -> Comparison:
    """Compare version `b` with version `a`; `directions` overrides which way is better.

    >>> from swreg.domain.metadata import make_metadata
    >>> old = Facts("v1.0.0", make_metadata({"accuracy": 0.85, "model_size": "12MB"}))
    >>> new = Facts("v1.1.0", make_metadata({"accuracy": 0.87, "model_size": "15MB"}))
    >>> compare(old, new).verdict
    'mixed'
    >>> compare(old, new, directions={"model_size": "higher"}).verdict
    'better'
    """
    scores = metrics(a.metadata), metrics(b.metadata)
    costs = performance(a.metadata), performance(b.metadata)
    return Comparison(
        a=a.version,
        b=b.version,
        metrics={
            name: _metric(old, new, name=name, better=direction(name, directions))
            for name, old, new in _paired(*scores)
        },
        performance={
            name: _figure(old, new, name=name, better=direction(name, directions))
            for name, old, new in _paired(*costs)
        },
        features=a.feature_changes(b),
        signature=a.broken_by(b),
    )


def _paired(old: Mapping[str, T], new: Mapping[str, T]) -> Iterator[tuple[str, T | None, T | None]]:
    for name in ordered(old.keys() | new.keys()):
        yield name, old.get(name), new.get(name)


def _metric(
    old: float | None, new: float | None, *, name: str, better: Direction | None
) -> Measure:
    texts = comparison_text.number_pair(old, new)
    return Measure(
        label=label(name),
        old=texts[0],
        new=texts[1],
        change=None if old is None or new is None else relative_change(old, new),
        result=judge(old, new, better, tolerance=tolerance(name)),
    )


def _figure(
    old: Quantity | None, new: Quantity | None, *, name: str, better: Direction | None
) -> Measure:
    """Quantities are shown as written; only numbers of one dimension are weighed."""
    texts = old.text if old else None, new.text if new else None
    if old and new and old.comparable(new):
        weighed = _metric(old.value, new.value, name=name, better=better)
        return replace(weighed, old=texts[0], new=texts[1])
    result: Result = "equal" if texts[0] == texts[1] else "unknown"
    return Measure(label=label(name), old=texts[0], new=texts[1], change=None, result=result)


def relative_change(old: float, new: float) -> float | None:
    """The change as a share of the old value; None from zero, or beyond what a float holds.

    >>> relative_change(40, 35), relative_change(0, 1), relative_change(-2, -1)
    (-0.125, None, 0.5)
    """
    share = (new - old) / abs(old) if old else math.inf
    return share if math.isfinite(share) else None


def judge(
    old: float | None, new: float | None, better: Direction | None, *, tolerance: float = 1e-12
) -> Result:
    """How the new value stands to the old one; the same value in two units is equal.

    `tolerance` is the share of the value below which a difference is none.

    >>> judge(0.85, 0.87, "higher"), judge(0.85, 0.87, "lower"), judge(1, 2, None)
    ('better', 'worse', 'unknown')
    """
    if old is None or new is None:
        return "unknown"
    if math.isclose(old, new, rel_tol=tolerance):
        return "equal"
    if better is None:
        return "unknown"
    return "better" if (new > old) == (better == "higher") else "worse"
