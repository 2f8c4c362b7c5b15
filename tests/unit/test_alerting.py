"""An alert is open from when it was told until it is over, in one deployment."""

from __future__ import annotations

from swreg.domain.alerting import NO_FIGURE, NOTHING_TOLD, told_of
from swreg.domain.events import (
    Event,
    PromotedEvent,
    RolledBackEvent,
    TriggerFiredEvent,
    TriggerResolvedEvent,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version

NOW = Timestamp("2024-01-20T14:00:00Z")
V1, V2 = Version.parse("v1.0.0"), Version.parse("v2.0.0")
RULE = "error_rate mean above 0.05 over 1h"


def fired(seen: str, version: Version = V2) -> TriggerFiredEvent:
    return TriggerFiredEvent(
        model="m", version=version, observed=f"{RULE}: {seen}", actor="A", at=NOW
    )


def resolved(version: Version = V2) -> TriggerResolvedEvent:
    return TriggerResolvedEvent(
        model="m", version=version, observed=f"{RULE}: 0 in 9 samples", actor="A", at=NOW
    )


def promoted(to: Stage) -> PromotedEvent:
    return PromotedEvent(model="m", version=V2, from_=Stage.STAGING, to=to, actor="A", at=NOW)


BREACH, MISSING = fired("0.25 in 20 samples"), fired(f"{NO_FIGURE}, no sample")


def told(*events: Event) -> tuple[bool, bool]:
    """Whether a breach and a window without figures would be no news now."""
    one = told_of(events, V2).get(RULE, NOTHING_TOLD)
    return one.lasts(missing=False), one.lasts(missing=True)


def test_what_was_told_is_no_news_until_it_is_over() -> None:
    assert told() == (False, False)
    assert told(BREACH) == (True, True)
    assert told(BREACH, resolved()) == (False, False)
    assert told(BREACH, resolved(), BREACH) == (True, True)
    assert told(resolved()) == (False, False)


def test_a_breach_is_news_after_a_window_without_figures() -> None:
    assert told(MISSING) == (False, True)
    assert told(MISSING, BREACH) == (True, True)


def test_both_kinds_are_remembered_after_they_are_over() -> None:
    one = told_of([MISSING, BREACH, resolved()], V2)[RULE]
    assert (one.open, one.newest(missing=True), one.newest(missing=False)) == (
        None,
        MISSING,
        BREACH,
    )


def test_only_this_version_since_it_was_deployed_counts() -> None:
    back = RolledBackEvent(
        model="m", version=V1, from_=Stage.ARCHIVED, replaces=V2, actor="A", at=NOW
    )
    assert told(fired("1 in 9 samples", V1)) == (False, False)
    assert told(BREACH, resolved(V1)) == (True, True)
    assert told(BREACH, back) == (False, False)
    assert told(BREACH, promoted(Stage.PRODUCTION)) == (False, False)
    assert told(BREACH, promoted(Stage.STAGING)) == (True, True)
