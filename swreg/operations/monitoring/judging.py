"""Hold what is in production against its triggers; nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from swreg.domain.catalog import Found, Registry
from swreg.domain.decisions import NEVER, Decision, Past
from swreg.domain.events import RolledBackEvent
from swreg.domain.names import Reference
from swreg.domain.stage import Stage
from swreg.errors import EnvironmentFault, NotFound
from swreg.monitoring.samples import SampleStore
from swreg.monitoring.sources import Since, Source, decide
from swreg.operations.monitoring.baseline import baseline_of, seconds
from swreg.operations.monitoring.rules import Rule, rules_of
from swreg.operations.monitoring.sources import source_of
from swreg.operations.past import model_events
from swreg.operations.project import Project
from swreg.storage.source import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One rule held against one model; `found` is None where nothing is in production."""

    model: str
    rule: Rule
    decision: Decision
    found: Found | None = None

    @property
    def version(self) -> str:
        return str(self.found.version) if self.found else ""

    @property
    def calls(self) -> bool:
        """Whether the rule asks for something to be done."""
        missing = self.rule.missing == "alert" and self.decision.outcome == "unknown"
        return self.decision.outcome == "fire" or missing

    @property
    def observed(self) -> str:
        """The evidence in one line: the rule, what was seen, on how many samples, until when."""
        seen = self.decision
        if seen.observed is None or seen.outcome == "unknown":
            return f"{self.rule}: no figure, {seen.why}"
        return f"{self.rule}: {seen.observed:.6g} in {seen.samples} samples"

    def as_data(self) -> Mapping[str, Any]:
        """Flat, for programs."""
        seen = self.decision
        return {
            "model": self.model,
            "version": self.version or None,
            "rule": str(self.rule),
            "metric": seen.metric,
            "mode": self.rule.mode,
            "outcome": seen.outcome,
            "why": seen.why,
            "observed": seen.observed,
            "limit": seen.limit,
            "margin": seen.margin,
            "samples": seen.samples,
            "window": seen.window,
            "until": seen.until,
        }


def judge(
    project: Project, store: SampleStore, *, now: float, model: str | None = None
) -> list[Judged]:
    """Every rule for every model, or for one; `NotFound` where there is no such model."""
    registry = project.registry()
    source = source_of(project, store)
    names = _models(project, registry, model)
    return [one for name in names for one in _judge(project, registry, source, store, name, now)]


def live(registry: Registry, name: str) -> Found | None:
    """What a model has in production."""
    try:
        return registry.find(Reference(name, (name,), stage=Stage.PRODUCTION))
    except NotFound:
        return None


def _models(project: Project, registry: Registry, only: str | None) -> list[str]:
    """The models that are judged: those in production, and those that a rule names."""
    if only is not None:
        return [registry.model(only)[1].name]
    ruled = {rule.model for rule in project.policy.monitoring.triggers if rule.model}
    stand = {model.name for _, model in registry.models() if model.production}
    return sorted(ruled | stand)


def _judge(
    project: Project,
    registry: Registry,
    source: Source,
    store: SampleStore,
    name: str,
    now: float,
) -> Iterator[Judged]:
    found = live(registry, name)
    for rule in rules_of(project.policy.monitoring, name):
        if found is None:
            decision = _unknown(rule, now, "nothing is in production")
        else:
            try:
                decision = _decide(project, source, store, found, rule, now)
            except EnvironmentFault as fault:
                decision = replace(_unknown(rule, now, fault.what), failed=True)
        yield Judged(model=name, rule=rule, decision=decision, found=found)


def _unknown(rule: Rule, now: float, why: str) -> Decision:
    trigger = rule.trigger
    return Decision(
        metric=trigger.metric, outcome="unknown", why=why, until=now, window=trigger.window
    )


def _decide(
    project: Project, source: Source, store: SampleStore, found: Found, rule: Rule, now: float
) -> Decision:
    deployed = found.entry.deployed_at
    return decide(
        Since(source, seconds(deployed)) if deployed else source,
        rule.trigger,
        model=found.model.name,
        version=str(found.version),
        now=now,
        baseline=baseline_of(project, source, found, rule.trigger, now),
        past=past_of(Revision(project.git, project.tip), found, rule, store),
    )


def past_of(source: Revision, found: Found, rule: Rule, store: SampleStore) -> Past:
    """What came before.

    A rollback is in the history, so every machine knows of it, whatever became of the hold:
    production stands where it does by the newest one. Alerts are remembered where they were raised.
    """
    if rule.mode == "rollback":
        rolled = [
            event
            for event in model_events(source, found.home, found.model.name)
            if isinstance(event, RolledBackEvent)
        ]
        back = rolled and (rolled[-1].version, rolled[-1].at) == (
            found.version,
            found.entry.deployed_at,
        )
        return Past(last_fired=seconds(rolled[-1].at)) if back else NEVER
    known = store.fired(found.model.name, str(found.version), str(rule))
    return NEVER if known is None else Past(last_fired=known[0], firing=known[1])
