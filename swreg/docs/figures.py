"""Figures of a version as a page shows them: never a number that nobody recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping

NOTHING = "-"


def percent(facts: Mapping[str, object], metric: str) -> str | None:
    """A metric for the summary: accuracy as a percentage, any other as it is; None without one.

    >>> percent({"accuracy": 0.87}, "accuracy"), percent({"rmse": 1.25}, "rmse")
    ('87%', '1.25')
    """
    value = _metric(facts, metric)
    if value is None:
        return None
    if metric.endswith("accuracy") and 0 <= value <= 1:
        return f"{round(value * 100, 2):g}%"
    return _digits(value)


def plain_figure(facts: Mapping[str, object], metric: str) -> str:
    """A metric for the table, with four digits that matter.

    >>> plain_figure({"metrics": {"accuracy": 0.956140350877193}}, "accuracy")
    '0.9561'
    """
    value = _metric(facts, metric)
    return NOTHING if value is None else _digits(value)


def quantity(raw: object) -> str | None:
    """A quantity as it was written; a bare number is milliseconds.

    >>> quantity("35ms"), quantity(35), quantity(None)
    ('35ms', '35ms', None)
    """
    if isinstance(raw, str) and raw.strip():
        return raw.strip()
    value = _number(raw)
    return None if value is None else f"{_digits(value)}ms"


def deployed(at: str | None) -> str:
    """The day of a timestamp.

    >>> deployed("2024-01-20T14:00:00Z"), deployed(None)
    ('2024-01-20', '-')
    """
    return at[:10] if at else NOTHING


def _metric(facts: Mapping[str, object], metric: str) -> float | None:
    nested = facts.get("metrics")
    inner = nested.get(metric) if isinstance(nested, Mapping) else None
    return _number(facts.get(metric, inner))


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return None
    try:
        value = float(raw)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _digits(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
