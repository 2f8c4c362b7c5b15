"""What a relative trigger compares with: the figure of the registration, or of who was live before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from swreg.domain.catalog import Found
from swreg.domain.quantity import parse_quantity
from swreg.domain.readings import READINGS
from swreg.domain.triggers import Trigger
from swreg.monitoring.sources import Source
from swreg.operations.evidence import facts_of
from swreg.operations.project import Project
from swreg.storage.source import Revision

_LATENCIES = ("latency", "latency_ms")


def baseline_of(
    project: Project, source: Source, found: Found, trigger: Trigger, now: float
) -> float | None:
    """The figure to compare with; None where nobody recorded one, or the rule needs none."""
    if trigger.relative_to == "registration":
        (facts,) = facts_of(project, Revision(project.git, project.tip), found)
        return registered(facts, trigger)
    if trigger.relative_to == "previous" and found.entry.previous is not None:
        return _previous(source, found, trigger, now)
    return None


def registered(facts: Mapping[str, Any], trigger: Trigger) -> float | None:
    """The metric in a `metadata.json`, in the metric's own unit.

    >>> from swreg.domain.triggers import make_trigger
    >>> rule = make_trigger(metric="latency", threshold=0.1, relative_to="registration")
    >>> registered({"inference_latency_p95": "80ms"}, rule)
    80.0
    """
    nested = facts.get("metrics")
    known = {**(nested if isinstance(nested, Mapping) else {}), **facts}
    mean = trigger.aggregate == "mean"
    name = "inference_latency" if mean else f"inference_latency_{trigger.aggregate}"
    keys = (trigger.metric, name) if trigger.metric in _LATENCIES else (trigger.metric,)
    raw = next((known[key] for key in keys if known.get(key) is not None), None)
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return None
    quantity = parse_quantity(raw)
    if quantity.value is None:
        return None
    unit = READINGS[trigger.metric].unit if trigger.metric in READINGS else ""
    return quantity.value * 1000 if (quantity.dimension, unit) == ("time", "ms") else quantity.value


def _previous(source: Source, found: Found, trigger: Trigger, now: float) -> float | None:
    """The version before, over the same window; else over its last window in production."""
    version = str(found.entry.previous)
    ends = [now]
    if found.entry.deployed_at is not None:
        ends.append(seconds(found.entry.deployed_at))
    absolute = replace(trigger, relative_to=None)
    for until in ends:
        seen = source.observe(absolute, model=found.model.name, version=version, until=until)
        if seen.known is not None and seen.samples >= trigger.min_samples:
            return seen.known
    return None


def seconds(at: str) -> float:
    """A registry's time in seconds since the epoch, UTC.

    >>> seconds("2024-01-20T14:00:00Z")
    1705759200.0
    """
    return datetime.fromisoformat(at).timestamp()
