"""The three triggers that most services want, in one call."""

from __future__ import annotations

from typing import Any

from swreg.domain.policy import TriggerRule
from swreg.errors import UsageError


def three_triggers(
    *,
    error_rate: float | None,
    latency: float | None,
    accuracy_drop: float | None,
    relative_to: Any,
    **common: Any,
) -> list[TriggerRule]:
    """Rules for those that are given: a share of errors, a p95 in ms, a fraction of accuracy.

    >>> rules = three_triggers(
    ...     error_rate=0.05, latency=200, accuracy_drop=0.1, relative_to="registration"
    ... )
    >>> [rule.metric for rule in rules]
    ['error_rate', 'latency', 'accuracy']
    """
    rules = []
    if error_rate is not None:
        rules.append(TriggerRule(metric="error_rate", threshold=error_rate, **common))
    if latency is not None:
        rules.append(TriggerRule(metric="latency", threshold=latency, **common))
    if accuracy_drop is not None:
        common["relative_to"] = relative_to
        rules.append(TriggerRule(metric="accuracy", threshold=accuracy_drop, **common))
    if not rules:
        raise UsageError("no threshold is given", "say error_rate_threshold=0.05, for instance")
    return rules
