"""Which acts the stage table, holds and history allow, and what event each becomes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from swreg.domain import moves
from swreg.domain.catalog import Model
from swreg.domain.entry import Entry
from swreg.domain.events import (
    ApprovedEvent,
    DeprecatedEvent,
    Event,
    HeldEvent,
    HoldLiftedEvent,
    PromotionRequestedEvent,
    RejectedEvent,
    TaggedEvent,
    VersionEvent,
)
from swreg.domain.stage import Stage, parse_stage
from swreg.errors import FactError, Held, IllegalTransition, NotFound, SwregError, UsageError
from tests.unit.story import ADA, BOB, NAME, NOW, found, live, model, promoted, registered, v

WHO: dict[str, Any] = {"actor": ADA, "at": NOW}
TODAY = date(2024, 1, 20)


def held(version: str) -> HeldEvent:
    return HeldEvent(model=NAME, version=v(version), actor=ADA, at=NOW, reason="slow")


def retired(version: str, end: date | None) -> DeprecatedEvent:
    return DeprecatedEvent(
        model=NAME, version=v(version), end_of_life=end, actor=ADA, at=NOW, reason="old"
    )


def test_the_ways_through_the_stages() -> None:
    state = model(registered("v1"), registered("v2"), promoted("v2", Stage.STAGING))
    assert moves.require_move(found(state, "v1"), Stage.STAGING, reason="") is Stage.DEV
    assert moves.require_move(found(state, "v2"), Stage.DEV, reason="") is Stage.STAGING
    assert moves.require_move(found(state, "v1"), Stage.PRODUCTION, reason="") is Stage.DEV


@pytest.mark.parametrize(
    ("version", "to", "error", "text"),
    [
        ("v2", Stage.PRODUCTION, IllegalTransition, "in production already"),
        ("v2", Stage.STAGING, IllegalTransition, "cannot go from production to staging"),
        ("v1", Stage.STAGING, IllegalTransition, "from archived it can go to dev"),
        ("v3", Stage.ARCHIVED, IllegalTransition, "use registry-archive"),
        ("v1", Stage.PRODUCTION, IllegalTransition, "only a rollback"),
        ("v1", Stage.DEV, UsageError, "say --reason"),
    ],
)
def test_ways_that_there_are_not(
    version: str, to: Stage, error: type[SwregError], text: str
) -> None:
    state = model(*live("v1"), *live("v2"), registered("v3"))
    with pytest.raises(error, match=text):
        moves.require_move(found(state, version), to, reason="")


def test_an_archived_version_comes_back_to_dev_with_a_reason() -> None:
    state = model(*live("v1"), *live("v2"))
    assert moves.require_move(found(state, "v1"), Stage.DEV, reason="wanted") is Stage.ARCHIVED


def test_a_hold_stops_everybody_until_it_is_lifted() -> None:
    state = model(registered("v1"), held("v1"))
    with pytest.raises(Held, match="held since 2024-01-20: slow"):
        moves.require_not_held(found(state, "v1"))
    with pytest.raises(UsageError, match="needs a reason"):
        moves.lift_hold(found(state, "v1"), reason="", **WHO)
    lifted = moves.lift_hold(found(state, "v1"), reason="fixed", **WHO)
    assert isinstance(lifted, HoldLiftedEvent)
    after = lifted.apply(state)
    moves.require_not_held(found(after, "v1"))
    with pytest.raises(FactError, match="is not held"):
        moves.lift_hold(found(after, "v1"), reason="x", **WHO)


def test_a_promotion_names_whom_it_replaces() -> None:
    state = model(*live("v1"), registered("v2"), promoted("v2", Stage.STAGING))
    event = moves.promotion(found(state, "v2"), Stage.PRODUCTION, traffic=100, **WHO)
    assert (event.replaces, event.from_, event.traffic) == (v("v1"), Stage.STAGING, 100)
    after = event.apply(state)
    assert after.production == v("v2")
    assert after.stage_of(v("v1")) is Stage.ARCHIVED
    archived = after.versions[v("v1")].archived
    assert archived is not None
    assert archived.replaced_by == v("v2")
    back = moves.promotion(found(state, "v2"), Stage.DEV, **WHO)
    assert back.replaces is None


def test_who_is_displaced_from_staging_goes_back_to_dev() -> None:
    state = model(registered("v1"), promoted("v1", Stage.STAGING), registered("v2"))
    after = moves.promotion(found(state, "v2"), Stage.STAGING, **WHO).apply(state)
    assert after.stage_of(v("v1")) is Stage.DEV


def test_going_back_to_dev_starts_anew() -> None:
    yes = ApprovedEvent(
        model=NAME, version=v("v1"), for_=Stage.PRODUCTION, digest="sha256:v1", actor=BOB, at=NOW
    )
    state = model(registered("v1"), promoted("v1", Stage.STAGING), yes)
    assert len(found(state, "v1").entry.approvals_for(Stage.PRODUCTION)) == 1
    after = moves.promotion(found(state, "v1"), Stage.DEV, **WHO).apply(state)
    assert found(after, "v1").entry.approvals == ()


def test_a_rollback_goes_to_what_production_held_before() -> None:
    state = model(*live("v1"), *live("v2"), *live("v3"))
    assert moves.rollback_target(state, today=TODAY) == v("v2")
    event = moves.rollback(found(state, "v2"), reason="bad", **WHO)
    after = event.apply(state)
    assert (after.production, event.replaces) == (v("v2"), v("v3"))
    bad = after.versions[v("v3")]
    assert bad.hold is not None
    assert bad.archived is not None
    # Rolling back once more goes further back, not forth to what was bad.
    assert moves.rollback_target(after, today=TODAY) == v("v1")


def test_a_rollback_passes_over_what_may_not_be_live() -> None:
    events: list[Event] = [*live("v1"), *live("v2"), *live("v3")]
    assert moves.rollback_target(model(*events, held("v2")), today=TODAY) == v("v1")
    past = retired("v2", date(2024, 1, 19))
    assert moves.rollback_target(model(*events, past), today=TODAY) == v("v1")
    still = retired("v2", date(2024, 1, 20))
    assert moves.rollback_target(model(*events, still), today=TODAY) == v("v2")


def test_a_rollback_to_what_never_was_live_keeps_the_way_back() -> None:
    state = model(*live("v1"), *live("v2"), registered("v0.9"))
    after = moves.rollback(found(state, "v0.9"), reason="bad", **WHO).apply(state)
    assert after.production == v("v0.9")
    assert moves.rollback_target(after, today=TODAY) == v("v1")


def test_a_circle_of_predecessors_ends() -> None:
    state = model(*live("v1"), *live("v2"))
    back = promoted("v1", Stage.DEV, Stage.ARCHIVED)
    again = [promoted("v1", Stage.STAGING), promoted("v1", Stage.PRODUCTION, Stage.STAGING)]
    circle = model(*live("v1"), *live("v2"), back, *again, held("v2"))
    assert circle.versions[v("v1")].previous == v("v2")
    assert circle.versions[v("v2")].previous == v("v1")
    with pytest.raises(NotFound, match="no other version is registered and not held"):
        moves.rollback_target(circle, today=TODAY)
    assert state.production == v("v2")


def test_where_there_is_nothing_to_roll_back_to() -> None:
    with pytest.raises(NotFound, match="nothing in production"):
        moves.rollback_target(model(registered("v1")), today=TODAY)
    with pytest.raises(NotFound, match="no other version is registered"):
        moves.rollback_target(model(*live("v1")), today=TODAY)
    with pytest.raises(NotFound, match=r"name one with --to: v0\.9"):
        moves.rollback_target(model(*live("v1"), registered("v0.9")), today=TODAY)


def taken_out(state: Model, version: str) -> Model:
    """The live version archived by force, so that production is empty."""
    return moves.archival(found(state, version), reason="leaks", force=True, **WHO).apply(state)


def test_an_empty_production_goes_back_past_what_was_taken_out() -> None:
    state = taken_out(model(*live("v1"), *live("v2"), *live("v3")), "v3")
    assert moves.rollback_target(state, today=TODAY) == v("v2")
    event = moves.rollback(found(state, "v2"), reason="leaks", **WHO)
    assert event.summary() == f"roll back {NAME} nothing -> v2.0.0"
    after = event.apply(state)
    assert (after.production, event.replaces) == (v("v2"), None)
    assert after.versions[v("v3")].hold is None
    assert moves.rollback_target(after, today=TODAY) == v("v1")


def test_an_empty_production_is_given_back_what_is_named() -> None:
    state = taken_out(model(*live("v1")), "v1")
    assert moves.rollback(found(state, "v1"), reason="a mistake", **WHO).apply(state).production
    with pytest.raises(NotFound, match=r"no earlier version to return to; name one with --to: v1"):
        moves.rollback_target(state, today=TODAY)


def test_after_a_rollback_it_is_the_version_gone_back_to_that_was_last() -> None:
    state = model(*live("v1"), *live("v2"), *live("v3"))
    state = moves.rollback(found(state, "v2"), reason="bad", **WHO).apply(state)
    assert moves.rollback_target(taken_out(state, "v2"), today=TODAY) == v("v1")


def test_an_empty_production_of_which_nobody_knows_who_was_last() -> None:
    state = taken_out(model(*live("v1")), "v1")
    for event in live("v2"):
        state = event.apply(state)
    with pytest.raises(NotFound, match=r"not say what was last there; name .*: v2\.0\.0, v1"):
        moves.rollback_target(taken_out(state, "v2"), today=TODAY)


def test_rollbacks_that_are_refused() -> None:
    state = model(*live("v1"), *live("v2"), held("v1"))
    with pytest.raises(UsageError, match="needs a reason"):
        moves.rollback(found(state, "v1"), reason="", **WHO)
    with pytest.raises(Held):
        moves.rollback(found(state, "v1"), reason="bad", **WHO)
    with pytest.raises(IllegalTransition, match="in production already"):
        moves.rollback(found(state, "v2"), reason="bad", **WHO)
    with pytest.raises(NotFound, match="nothing in production"):
        moves.rollback(found(model(registered("v1")), "v1"), reason="bad", **WHO)


def test_archiving_the_live_version_needs_force_and_a_reason() -> None:
    state = model(*live("v1"))
    for force, reason in [(False, "x"), (True, "")]:
        with pytest.raises(IllegalTransition, match="live in production"):
            moves.archival(found(state, "v1"), reason=reason, force=force, **WHO)
    event = moves.archival(found(state, "v1"), reason="retired", force=True, **WHO)
    assert event.forced
    after = event.apply(state)
    assert after.production is None
    with pytest.raises(IllegalTransition, match="archived already"):
        moves.archival(found(after, "v1"), reason="", force=False, **WHO)
    plain = model(registered("v2"))
    assert not moves.archival(found(plain, "v2"), reason="", force=False, **WHO).forced


def test_tags_that_change_nothing_are_refused() -> None:
    state = model(registered("v1"))
    event = moves.tagging(found(state, "v1"), add=("a", "a", "b"), remove=("x",), **WHO)
    assert isinstance(event, TaggedEvent)
    assert (event.added, event.removed) == (("a", "b"), ())
    after = event.apply(state)
    assert found(after, "v1").entry.tags == ("a", "b")
    with pytest.raises(FactError, match="has these tags already"):
        moves.tagging(found(after, "v1"), add=("a",), remove=(), **WHO)
    fewer = moves.tagging(found(after, "v1"), add=(), remove=("a",), **WHO).apply(after)
    assert found(fewer, "v1").entry.tags == ("b",)


def test_a_request_waits_and_a_rejection_closes_it() -> None:
    ask = PromotionRequestedEvent(
        model=NAME, version=v("v1"), from_=Stage.DEV, to=Stage.STAGING, actor=ADA, at=NOW
    )
    no = RejectedEvent(
        model=NAME, version=v("v1"), for_=Stage.STAGING, actor=BOB, at=NOW, reason="no"
    )
    state = model(registered("v1"), ask)
    assert found(state, "v1").entry.request is not None
    assert found(no.apply(state), "v1").entry.request is None


def test_evidence_changes_no_state() -> None:
    state = model(registered("v1"))
    evidence = VersionEvent(model=NAME, version=v("v1"), actor=ADA, at=NOW)
    assert evidence.apply(state) == state
    assert Event(model=NAME, actor=ADA, at=NOW).apply(state) is state


def test_an_approval_says_whose_yes_it_is_and_a_life_may_end() -> None:
    yes = ApprovedEvent(
        model=NAME, version=v("v1"), for_=Stage.STAGING, digest="sha256:v1", actor=ADA,
        on_behalf_of=BOB, at=NOW,
    )  # fmt: skip
    entry: Entry = found(model(registered("v1"), yes), "v1").entry
    assert entry.approvals[0].approver == BOB
    assert not entry.past_end_of_life(TODAY)
    assert entry.approvals_for(Stage.PRODUCTION) == ()


def test_no_stage_is_no_stage() -> None:
    with pytest.raises(UsageError, match="use dev, staging, production or archived"):
        parse_stage("live")


def test_a_tag_is_not_both_put_on_and_taken_off() -> None:
    state = model(registered("v1"))
    with pytest.raises(UsageError, match="'a' is both put on and taken off"):
        moves.tagging(found(state, "v1"), add=("a",), remove=("a",), **WHO)
