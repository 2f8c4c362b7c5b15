"""What follows from a trigger that fired: one commit that rolls back, or one that says so.

Both are decided inside the transaction, on the state at the branch's tip: where production is no
longer what was judged, somebody else has acted already, and nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from swreg.domain.catalog import Found
from swreg.domain.events import RolledBackEvent, TriggerFiredEvent
from swreg.domain.moves import rollback_target
from swreg.domain.version import Version
from swreg.errors import NotFound
from swreg.operations.monitoring.baseline import seconds
from swreg.operations.monitoring.judging import Judged, live
from swreg.operations.outcome import Outcome
from swreg.operations.past import model_events
from swreg.operations.project import Project
from swreg.operations.rollback import bring_back
from swreg.operations.transaction import Transaction, WriteOptions, write

QUIET = 300.0
"""The least pause, in seconds, between two commits of one alert: more would flood the history."""

Action = Literal["none", "rolled-back", "alerted", "done already"]


def act(
    project: Project, called: Sequence[Judged], *, now: float, options: WriteOptions
) -> Outcome[Action]:
    """Do what the rules of one model ask for: at most one rollback, else alerts."""
    firing = [
        one for one in called if one.decision.outcome == "fire" and one.rule.mode == "rollback"
    ]

    def decide(tx: Transaction) -> Action:
        found = _still(tx, called[0])
        if found is None:
            return "done already"
        if firing:
            window = max(one.decision.window for one in firing)
            target = _target(tx, found, since=now - window)
            if target is not None:
                bring_back(tx, target, reason=_reason(firing))
                return "rolled-back"
        alerts = list(_alerts(tx, found, called, now))
        for event in alerts:
            tx.apply_to(found, event)
        return "alerted" if alerts else "done already"

    return write(project, "monitor-check", decide, options)


def _still(tx: Transaction, judged: Judged) -> Found | None:
    """What is in production at the tip, where that is the deployment that was judged."""
    found, seen = live(tx.committed.load([judged.model]), judged.model), judged.found
    if found is None or seen is None:
        return None
    same = (found.version, found.entry.deployed_at) == (seen.version, seen.entry.deployed_at)
    return found if same else None


def _reason(firing: Sequence[Judged]) -> str:
    return "; ".join(f"trigger {one.observed}" for one in firing)


def _target(tx: Transaction, found: Found, *, since: float) -> Found | None:
    """Where to go back to; what was itself rolled back within the window is passed over."""
    recent = {
        event.replaces
        for event in model_events(tx.source, found.home, found.model.name)
        if isinstance(event, RolledBackEvent) and seconds(event.at) > since
    }
    try:
        version: Version = rollback_target(found.model, today=tx.today, passed_over=recent)
    except NotFound:
        return None
    return Found(found.home, found.model, version)


def _alerts(
    tx: Transaction, found: Found, called: Sequence[Judged], now: float
) -> Iterator[TriggerFiredEvent]:
    """One event for each rule that nobody, on any machine, has told of within its cool-down."""
    told = [
        one
        for one in model_events(tx.source, found.home, found.model.name)
        if isinstance(one, TriggerFiredEvent)
    ]
    for one in called:
        since = now - max(one.rule.trigger.cool_down, QUIET)
        before = [
            event
            for event in told
            if event.version == found.version
            and event.observed.startswith(f"{one.rule}: ")
            and seconds(event.at) > since
        ]
        if not before:
            rolls = one.decision.outcome == "fire" and one.rule.mode == "rollback"
            yield TriggerFiredEvent(
                model=found.model.name,
                version=found.version,
                observed=one.observed,
                reason="there is no earlier version to return to" if rolls else "",
                actor=tx.actor,
                at=tx.now,
            )
