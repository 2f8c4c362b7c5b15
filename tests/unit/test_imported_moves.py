"""What happened to a version elsewhere, as events that lead to the same state here."""

from __future__ import annotations

from typing import Any

import pytest

from swreg.domain.catalog import Model
from swreg.domain.events import (
    ArchivedEvent,
    Event,
    HeldEvent,
    HoldLiftedEvent,
    PromotedEvent,
    RolledBackEvent,
    VersionEvent,
    fold,
)
from swreg.domain.imported_moves import deprecated, stage_left, stage_taken
from swreg.domain.stage import Stage
from swreg.errors import Held, UsageError
from tests.unit.story import ADA, BOB, NAME, NOW, found, live, model, promoted, registered, v

DEV, STAGING, PRODUCTION, ARCHIVED = Stage.DEV, Stage.STAGING, Stage.PRODUCTION, Stage.ARCHIVED
FACTS: dict[str, Any] = {"origin": "mlflow:7", "actor": BOB, "at": NOW, "reason": "there"}
DONE = [
    *live("v1"),
    *live("v2"),
    registered("v3"),
    promoted("v3", STAGING),
    registered("v4"),
    ArchivedEvent(model=NAME, version=v("v4"), from_=DEV, actor=ADA, at=NOW),
    registered("v5"),
]
"""v1 was live and is archived, v2 is live, v3 staged, v4 archived without ever being live."""
STATE = model(*DONE)
HELD = HeldEvent(model=NAME, version=v("v1"), actor=ADA, at=NOW, reason="slow")


def taken(
    version: str, to: Stage, *, state: Model = STATE, lift: bool = False
) -> list[VersionEvent]:
    return list(stage_taken(found(state, version), to, lift=lift, **FACTS))


def kinds(events: list[VersionEvent]) -> list[type[Event]]:
    return [type(event) for event in events]


@pytest.mark.parametrize(
    ("version", "to", "ways"),
    [
        ("v2", PRODUCTION, []),
        ("v5", DEV, []),
        ("v5", STAGING, [(DEV, STAGING, "v3")]),
        ("v5", PRODUCTION, [(DEV, PRODUCTION, "v2")]),
        ("v3", PRODUCTION, [(STAGING, PRODUCTION, "v2")]),
        ("v3", DEV, [(STAGING, DEV, None)]),
        ("v4", DEV, [(ARCHIVED, DEV, None)]),
        ("v4", STAGING, [(ARCHIVED, DEV, None), (DEV, STAGING, "v3")]),
        ("v4", PRODUCTION, [(ARCHIVED, DEV, None), (DEV, PRODUCTION, "v2")]),
    ],
)
def test_a_stage_is_taken_by_promotions(
    version: str, to: Stage, ways: list[tuple[Stage, Stage, str | None]]
) -> None:
    events = taken(version, to)
    assert events == [
        PromotedEvent(
            model=NAME,
            version=v(version),
            from_=from_,
            to=into,
            replaces=None if replaces is None else v(replaces),
            **FACTS,
        )
        for from_, into, replaces in ways
    ]
    assert fold(STATE, events).stage_of(v(version)) is to


def test_what_is_live_does_not_go_back_to_an_earlier_stage() -> None:
    with pytest.raises(UsageError, match=r"v2\.0\.0 is in production, and was given staging"):
        taken("v2", STAGING)


@pytest.mark.parametrize(("version", "forced"), [("v2", True), ("v3", False), ("v5", False)])
def test_what_was_archived_there_is_archived(version: str, forced: bool) -> None:
    events = taken(version, ARCHIVED)
    assert kinds(events) == [ArchivedEvent]
    assert events[0].forced is forced
    assert fold(STATE, events).stage_of(v(version)) is ARCHIVED


def test_what_was_live_before_comes_back_by_a_rollback() -> None:
    events = taken("v1", PRODUCTION)
    assert events == [
        RolledBackEvent(model=NAME, version=v("v1"), from_=ARCHIVED, replaces=v("v2"), **FACTS)
    ]
    after = fold(STATE, events)
    assert (after.production, after.versions[v("v2")].hold is not None) == (v("v1"), True)


def test_it_comes_back_to_an_empty_production_as_well() -> None:
    emptied = fold(STATE, taken("v2", ARCHIVED))
    assert kinds(taken("v2", PRODUCTION, state=emptied)) == [RolledBackEvent]


def test_it_comes_back_by_promotions_where_one_below_it_is_live() -> None:
    state = model(*live("v2"), *live("v1"))
    assert kinds(taken("v2", PRODUCTION, state=state)) == [PromotedEvent, PromotedEvent]


def test_a_hold_stops_a_version_unless_it_is_over_there() -> None:
    state = fold(STATE, [HELD])
    with pytest.raises(Held):
        taken("v1", STAGING, state=state)
    events = taken("v1", PRODUCTION, state=state, lift=True)
    assert kinds(events) == [HoldLiftedEvent, PromotedEvent, PromotedEvent]
    assert {event.origin for event in events} == {"mlflow:7"}
    after = fold(state, events)
    assert (after.production, after.versions[v("v1")].hold) == (v("v1"), None)


def test_where_nothing_is_held_there_is_no_hold_to_lift() -> None:
    assert taken("v5", STAGING, lift=True) == taken("v5", STAGING)


@pytest.mark.parametrize(
    ("version", "stage", "into"),
    [
        ("v2", PRODUCTION, ARCHIVED),
        ("v3", STAGING, DEV),
        ("v3", PRODUCTION, STAGING),
        ("v5", DEV, DEV),
        ("v4", ARCHIVED, ARCHIVED),
    ],
)
def test_a_version_leaves_only_a_pointer_that_it_holds(
    version: str, stage: Stage, into: Stage
) -> None:
    events = list(stage_left(found(STATE, version), stage, **FACTS))
    assert len(events) == (into is not stage and STATE.stage_of(v(version)) is stage)
    assert fold(STATE, events).stage_of(v(version)) is into


def test_a_deprecation_there_is_one_here() -> None:
    event = deprecated(found(STATE, "v3"), **FACTS)
    assert (event.origin, event.actor) == ("mlflow:7", BOB)
    after = event.apply(STATE)
    told = after.versions[v("v3")].deprecated
    assert told is not None
    assert (told.reason, told.end_of_life) == ("there", None)
