"""Where figures come from: each source observes one window and says what it saw, or why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from swreg.domain.decisions import NEVER, Decision, Observation, Past, evaluate
from swreg.domain.triggers import Trigger, instants
from swreg.errors import EnvironmentFault
from swreg.monitoring.batch import AB
from swreg.monitoring.samples import SampleStore


class Source(Protocol):
    """Something that can be asked for a metric of a version over a window.

    A source that fails answers with an observation without a value; it raises only
    `EnvironmentFault` (the machine failed) and `UsageError` (a wrong configuration).
    """

    def observe(self, trigger: Trigger, *, model: str, version: str, until: float) -> Observation:
        """The trigger's figure over the window that ends at `until` (seconds, UTC)."""
        ...


class Since:
    """Another source, from a time on: windows are cut where a deployment began.

    What a version did before it was deployed this time says nothing of how it does now.
    """

    def __init__(self, source: Source, since: float) -> None:
        self._source = source
        self._since = since

    def observe(self, trigger: Trigger, *, model: str, version: str, until: float) -> Observation:
        """The trigger's figure over the part of the window that counts."""
        window = min(trigger.window, until - self._since)
        if window <= 0:
            return Observation(until=until, value=None, why="it was not deployed by then")
        cut = replace(trigger, window=window)
        return self._source.observe(cut, model=model, version=version, until=until)


class StoredSamples:
    """The embedded store as a source."""

    def __init__(self, store: SampleStore) -> None:
        self._store = store

    def observe(self, trigger: Trigger, *, model: str, version: str, until: float) -> Observation:
        """The aggregate of all series of the metric but those of an A/B test's outcomes."""
        window = self._store.summary(
            model=model,
            metric=trigger.metric,
            version=version,
            since=until - trigger.window,
            until=until,
            without=AB,
        )
        return Observation(
            until=until,
            value=window.aggregate(trigger.aggregate, trigger.window),
            samples=window.count,
            why="" if window.count else f"no sample of {trigger.metric} in the window",
        )


def decide(
    source: Source,
    trigger: Trigger,
    *,
    model: str,
    version: str,
    now: float,
    baseline: float | None = None,
    past: Past = NEVER,
) -> Decision:
    """Observe what the trigger needs and decide; a source that fails makes it unknown."""

    def look(until: float) -> Observation:
        try:
            return source.observe(trigger, model=model, version=version, until=until)
        except EnvironmentFault as fault:
            return Observation(until=until, value=None, why=fault.what, failed=True)

    seen = [look(until) for until in instants(trigger, now)]
    return evaluate(trigger, seen, now=now, baseline=baseline, past=past)
