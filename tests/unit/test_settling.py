"""The record of a decided merge, in whichever order two histories are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from swreg.domain.catalog import Model
from swreg.domain.events import Event, ResolvedEvent, Settled, TaggedEvent, fold
from swreg.domain.merging import Decisions, Side, merge_model
from swreg.domain.record import Record, record_id
from swreg.domain.settling import decisions_in, follows, settlement
from swreg.domain.stage import Stage
from tests.unit.story import ADA, NAME, NOW, live, model, promoted, registered, v

WHO: dict[str, Any] = {"actor": ADA, "at": NOW, "parent": "0123456789ab"}
PAST: list[Event] = [*live("v1"), registered("v2"), registered("v3")]
BASE = model(*PAST)
OURS: list[Event] = [promoted("v2", Stage.STAGING)]
TAG = TaggedEvent(model=NAME, version=v("v1"), added=("a",), actor=ADA, at=NOW)
THEIRS: list[Event] = [TAG, promoted("v3", Stage.STAGING)]
SIDES = fold(BASE, OURS), fold(BASE, THEIRS)
PLACE = (NAME, "staging")


def records(*events: Event) -> list[Record]:
    return [Record(event, record_id(event)) for event in events]


def settled(won: Side) -> tuple[Model, ResolvedEvent]:
    decisions: Decisions = {PLACE: won}
    merged = merge_model(BASE, *SIDES, decisions=decisions).ours.models[NAME]
    histories = records(*PAST, *OURS), records(*PAST, *THEIRS)
    return merged, settlement(merged, histories, decisions, **WHO)


@pytest.mark.parametrize(("won", "staged"), [("ours", "v2"), ("theirs", "v3")])
def test_after_either_order_of_the_acts_the_record_leads_to_what_was_decided(
    won: Side, staged: str
) -> None:
    merged, event = settled(won)
    assert merged.stages[Stage.STAGING] == v(staged)
    assert (event.decided, event.words) == ((f"staging={won}",), f"staging={won}")
    for acts in ([*OURS, *THEIRS], [*THEIRS, *OURS]):
        assert event.apply(fold(BASE, acts)) == merged


def test_only_versions_about_which_an_order_is_wrong_are_in_the_record() -> None:
    _, event = settled("ours")
    assert v("v1") not in {one.version for one in event.entries}
    alone = settlement(SIDES[0], (records(*PAST, *OURS), records(*PAST)), {}, **WHO)
    assert (alone.entries, alone.decided, alone.parent) == ((), (), "0123456789ab")


def test_acts_that_an_order_cannot_tell_and_other_models_are_passed_over() -> None:
    """Of half a history (a shallow clone's) the versions are written down."""
    others = records(registered("v9", name="churn-model"))
    event = settlement(SIDES[0], (records(*OURS), others), {}, **WHO)
    assert event.apply(Model(NAME)) == SIDES[0]
    assert {one.version for one in event.entries} == set(SIDES[0].versions)


def test_a_version_that_was_taken_out_is_in_the_record_without_an_entry() -> None:
    gone = replace(BASE, versions={v("v1"): BASE.versions[v("v1")]})
    event = settlement(gone, (records(*PAST), records(*PAST)), {(NAME, "v2.0.0"): "ours"}, **WHO)
    assert event.entries == (Settled(version=v("v2")), Settled(version=v("v3")))
    assert event.apply(BASE) == gone


def test_decisions_are_read_back_and_words_that_say_nothing_decide_nothing() -> None:
    _, event = settled("theirs")
    assert decisions_in(event) == {PLACE: "theirs"}
    odd = replace(event, decided=("staging=mine", "staging", "=ours", "v1.0.0+a=b=ours"))
    assert decisions_in(odd) == {(NAME, ""): "ours", (NAME, "v1.0.0+a=b"): "ours"}


def test_a_merge_follows_its_record_and_nothing_else_does() -> None:
    merged, event = settled("ours")
    assert follows(event, BASE, SIDES, merged)
    assert not follows(event, BASE, (*SIDES, BASE), merged), "of three sides nobody can tell"
    assert not follows(event, BASE, SIDES, fold(merged, [replace(TAG, added=("b",))]))
    assert not follows(replace(event, decided=()), BASE, SIDES, merged), "nobody has decided"
    other = settled("theirs")[0]
    liar = replace(event, production=other.production, staging=other.stages[Stage.STAGING])
    assert not follows(liar, BASE, SIDES, other), "it says ours, and made it theirs"


def test_a_model_that_one_side_emptied_may_be_decided_as_a_whole() -> None:
    """Its version was staged there, so the two sides do not fit together."""
    event = ResolvedEvent(model=NAME, decided=("=ours",), actor=ADA, at=NOW)
    sides = Model(NAME), fold(BASE, OURS)
    assert follows(event, BASE, sides, Model(NAME))
    assert not follows(replace(event, decided=("=theirs",)), BASE, sides, Model(NAME))
