"""What follows from a trigger that fired: one commit that rolls back, or one that says so.

Both are decided inside the transaction, on the state at the branch's tip: where production is no
longer what was judged, somebody else has acted already, and nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from swreg.domain.alerting import NOTHING_TOLD, Told, told_of
from swreg.domain.catalog import Found
from swreg.domain.events import RolledBackEvent, TriggerFiredEvent, TriggerResolvedEvent
from swreg.domain.moves import rollback_target
from swreg.domain.version import Version
from swreg.errors import NotFound
from swreg.operations.monitoring.baseline import seconds
from swreg.operations.monitoring.deployments import deployments
from swreg.operations.monitoring.judging import Judged, live
from swreg.operations.outcome import Outcome
from swreg.operations.past import model_events
from swreg.operations.project import Project
from swreg.operations.rollback import bring_back
from swreg.operations.transaction import Transaction, WriteOptions, write
from swreg.storage.source import Revision

QUIET = 300.0
"""The least pause, in seconds, between two alerts of one rule: more would flood the history."""

Alert = TypeVar("Alert", TriggerFiredEvent, TriggerResolvedEvent)
Action = Literal["none", "rolled-back", "alerted", "still firing", "resolved", "done already"]

_ROLLED: Action = "rolled-back"
_NOTHING: Action = "none"
_LATE: Action = "done already"
_DONE: frozenset[Action] = frozenset(["rolled-back", "alerted", "resolved"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What was done for each rule, in their order; `by` says who was faster, where somebody was."""

    actions: tuple[Action, ...]
    by: str = ""


def act(
    project: Project, called: Sequence[Judged], *, now: float, options: WriteOptions
) -> Outcome[Acted]:
    """Do what the rules of one model ask for: at most one rollback, else alerts, told once each."""
    firing = [
        one for one in called if one.decision.outcome == "fire" and one.rule.mode == "rollback"
    ]

    def decide(tx: Transaction) -> Acted:
        found = _still(tx, called[0])
        if found is None:
            return Acted(actions=(_LATE,) * len(called), by=_faster(tx.source, called[0]))
        target = _target(tx, found, firing, now) if firing else None
        if target is not None:
            bring_back(tx, target, reason=_reason(firing))
            return Acted(actions=tuple(_ROLLED if one.calls else _NOTHING for one in called))
        return Acted(actions=_tell(tx, found, called, now))

    outcome = write(project, "monitor-check", decide, options)
    if outcome.commit is None and not options.dry_run and _DONE.intersection(outcome.data.actions):
        # Ours was given up when it was pushed: others had done the same meanwhile.
        project.forget()
        by = _faster(Revision(project.git, project.tip), called[0])
        actions = tuple(_LATE if one in _DONE else one for one in outcome.data.actions)
        return replace(outcome, data=Acted(actions=actions, by=by))
    return outcome


def _still(tx: Transaction, judged: Judged) -> Found | None:
    """What is in production at the tip, where that is the deployment that was judged."""
    found, seen = live(tx.committed.load([judged.model]), judged.model), judged.found
    if found is None or seen is None:
        return None
    same = (found.version, found.entry.deployed_at) == (seen.version, seen.entry.deployed_at)
    return found if same else None


def _faster(source: Revision, judged: Judged) -> str:
    """What took the deployment that was judged from production, and who did it."""
    if judged.found is None:
        return ""
    for event in reversed(list(model_events(source, judged.found.home, judged.model))):
        if deployments([event]):
            return f"{event.summary()} by {event.actor} at {event.at}"
    return ""


def _reason(firing: Sequence[Judged]) -> str:
    return "; ".join(f"trigger {one.observed}" for one in firing)


def _target(tx: Transaction, found: Found, firing: Sequence[Judged], now: float) -> Found | None:
    """Where to go back to; what was itself rolled back within the window is passed over."""
    since = now - max(one.decision.window for one in firing)
    recent = {
        event.replaces
        for event in model_events(tx.source, found.home, found.model.name)
        if isinstance(event, RolledBackEvent) and event.replaces and seconds(event.at) > since
    }
    try:
        version: Version = rollback_target(found.model, today=tx.today, passed_over=recent)
    except NotFound:
        return None
    return Found(found.home, found.model, version)


def _tell(
    tx: Transaction, found: Found, called: Sequence[Judged], now: float
) -> tuple[Action, ...]:
    """Commit what is news to everybody: alerts that begin, and alerts that are over."""
    told = told_of(model_events(tx.source, found.home, found.model.name), found.version)
    actions: dict[str, Action] = {}
    for one in called:
        if str(one.rule) not in actions:
            actions[str(one.rule)] = _tell_one(tx, found, one, told, now)
    return tuple(actions[str(one.rule)] for one in called)


def _tell_one(
    tx: Transaction, found: Found, one: Judged, told: Mapping[str, Told], now: float
) -> Action:
    before = told.get(str(one.rule), NOTHING_TOLD)
    if not one.calls:
        if before.open is None:
            return "none"
        tx.apply_to(found, _event(TriggerResolvedEvent, tx, found, one))
        return "resolved"
    if before.lasts(missing=one.missing):
        return "still firing"
    newest = before.newest(missing=one.missing)
    if newest is not None and seconds(newest.at) > now - pause_of(one):
        return "none"
    stuck = not one.missing and one.rule.mode == "rollback"
    reason = "there is no earlier version to return to" if stuck else ""
    tx.apply_to(found, _event(TriggerFiredEvent, tx, found, one, reason))
    return "alerted"


def _event(
    kind: type[Alert], tx: Transaction, found: Found, one: Judged, reason: str = ""
) -> Alert:
    return kind(
        model=found.model.name,
        version=found.version,
        observed=one.observed,
        reason=reason,
        actor=tx.actor,
        at=tx.now,
    )


def pause_of(one: Judged) -> float:
    """The least time, in seconds, between two alerts of a rule."""
    return max(one.rule.trigger.cool_down, QUIET)


__all__ = ["Acted", "Action", "act", "pause_of"]
