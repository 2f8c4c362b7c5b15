"""Hold what is in production against its triggers; nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event as Stop
from typing import Any

from swreg.domain.alerting import NO_FIGURE, NOTHING_TOLD, Told, told_of
from swreg.domain.catalog import Found, Registry
from swreg.domain.decisions import NEVER, Decision, Past
from swreg.domain.events import Event, RolledBackEvent
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
    """One rule held against one model; `found` is None where nothing is in production.

    `told` is what the history has of this rule in this deployment.
    """

    model: str
    rule: Rule
    decision: Decision
    found: Found | None = None
    told: Told = NOTHING_TOLD

    @property
    def version(self) -> str:
        return str(self.found.version) if self.found else ""

    @property
    def calls(self) -> bool:
        """Whether the rule asks for something to be done."""
        return self.decision.outcome == "fire" or self.missing

    @property
    def missing(self) -> bool:
        """Whether the window has no figures, and the rule wants that to be told."""
        return self.rule.missing == "alert" and self.decision.outcome == "unknown"

    @property
    def over(self) -> bool:
        """Whether the history has an alert that is over now."""
        return self.decision.outcome == "ok" and self.told.open is not None

    @property
    def observed(self) -> str:
        """The evidence in one line: the rule, what was seen, on how many samples, until when."""
        seen = self.decision
        if seen.observed is None or seen.outcome == "unknown":
            return f"{self.rule}: {NO_FIGURE}, {seen.why}"
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
            "alert_since": self.told.open.at if self.told.open else None,
        }


def judge(
    project: Project,
    store: SampleStore,
    *,
    now: float,
    model: str | None = None,
    stop: Stop | None = None,
) -> list[Judged]:
    """Every rule for every model, or for one; `NotFound` where there is no such model.

    Once `stop` is set no other model is looked at.
    """
    registry = project.registry()
    source = source_of(project, store)
    names = _models(project, registry, model)
    found: list[Judged] = []
    for name in names:
        if stop is not None and stop.is_set():
            break
        found += _judge(project, registry, source, store, name, now)
    return found


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
    rules = rules_of(project.policy.monitoring, name)
    if found is None:
        for rule in rules:
            yield Judged(
                model=name, rule=rule, decision=_unknown(rule, now, "nothing is in production")
            )
        return
    events = list(model_events(Revision(project.git, project.tip), found.home, name))
    known = told_of(events, found.version)
    for rule in rules:
        told = known.get(str(rule), NOTHING_TOLD)
        try:
            past = past_of(events, found, rule, told, store)
            decision = _decide(project, source, found, rule, past, now)
        except EnvironmentFault as fault:
            decision = replace(_unknown(rule, now, fault.what), failed=True)
        yield Judged(model=name, rule=rule, decision=decision, found=found, told=told)


def _unknown(rule: Rule, now: float, why: str) -> Decision:
    trigger = rule.trigger
    return Decision(
        metric=trigger.metric, outcome="unknown", why=why, until=now, window=trigger.window
    )


def _decide(
    project: Project, source: Source, found: Found, rule: Rule, past: Past, now: float
) -> Decision:
    deployed = found.entry.deployed_at
    return decide(
        Since(source, seconds(deployed)) if deployed else source,
        rule.trigger,
        model=found.model.name,
        version=str(found.version),
        now=now,
        baseline=baseline_of(project, source, found, rule.trigger, now),
        past=past,
    )


def past_of(
    events: Sequence[Event], found: Found, rule: Rule, told: Told, store: SampleStore
) -> Past:
    """What came before.

    Rollbacks and alerts are in the history, so every machine knows of them, whatever became of
    the hold: production stands where it does by the newest rollback. When somebody was reminded
    of an alert last is remembered where that happened.
    """
    if rule.mode == "rollback":
        rolled = [event for event in events if isinstance(event, RolledBackEvent)]
        back = rolled and (rolled[-1].version, rolled[-1].at) == (
            found.version,
            found.entry.deployed_at,
        )
        return Past(last_fired=seconds(rolled[-1].at)) if back else NEVER
    if told.breach is None:
        return NEVER
    known = store.fired(found.model.name, str(found.version), str(rule))
    fired = seconds(told.breach.at)
    return Past(
        last_fired=max(fired, known[0]) if known else fired, firing=told.open == told.breach
    )
