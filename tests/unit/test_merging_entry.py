"""One version that two branches changed."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from swreg.domain.entry import (
    AbTest,
    Approval,
    Archival,
    Artifact,
    Deprecation,
    Entry,
    Hold,
    Registered,
    Request,
)
from swreg.domain.merging_entry import common_start, merged_entry, revoked
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from tests.unit.story import ADA, BOB, NOW, registered, v

SOONER, LATER = Timestamp("2024-01-19T09:00:00Z"), Timestamp("2024-01-21T09:00:00Z")
START = registered("v1").entry()
YES = Approval(by=BOB, for_=Stage.STAGING, at=NOW, digest="sha256:v1")
WISH = Request(to=Stage.STAGING, by=ADA, at=NOW)
CHANGES: dict[str, Any] = {
    "registered": replace(START.registered, by=BOB),
    "artifact": replace(START.artifact, digest="sha256:other"),
    "deployed_at": NOW,
    "previous": v("v0.9"),
    "archived": Archival(at=NOW, by=ADA),
    "traffic": 10,
    "approvals": (YES,),
    "request": WISH,
    "hold": Hold(at=NOW, by=ADA, reason="slow"),
    "deprecated": Deprecation(at=NOW, by=ADA, reason="old"),
    "tags": ("fraud",),
    "ab_test": AbTest(at=NOW, control=v("v0.9"), better=True),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Entry)])
def test_what_one_side_changed_is_kept_beside_a_change_of_the_other(name: str) -> None:
    """Of every field there is: one that is forgotten here loses what a colleague did."""
    one = replace(START, **{name: CHANGES[name]})
    for beside in CHANGES.keys() - {name}:
        other = replace(START, **{beside: CHANGES[beside]})
        for merged in (merged_entry(START, one, other), merged_entry(START, other, one)):
            kept = getattr(merged, name)
            # A hold takes approvals back, whoever gave them.
            assert kept == CHANGES[name] or (name, beside) == ("approvals", "hold")


def test_a_side_that_did_nothing_changes_nothing() -> None:
    changed = replace(START, tags=("a",), traffic=10)
    assert merged_entry(START, START, changed) == merged_entry(START, changed, START) == changed


def test_the_same_files_registered_by_two_are_one_version_of_the_earlier() -> None:
    first = Registered(at=SOONER, by=BOB, increment="0042-fraud-detection")
    theirs = replace(START, registered=first, tags=("theirs",))
    ours = replace(START, tags=("ours",))
    merged = merged_entry(None, ours, theirs)
    assert merged.registered == first
    assert set(merged.tags) == {"ours", "theirs"}
    assert common_start(ours, theirs) == replace(START, registered=first)
    assert merged_entry(None, START, START) == START


def test_an_act_of_both_is_the_earlier_one() -> None:
    sides = [
        replace(
            START,
            archived=Archival(at=at, by=ADA),
            hold=Hold(at=at, by=ADA, reason="slow"),
            deprecated=Deprecation(at=at, by=ADA, reason="old", end_of_life=date(2024, 6, 1)),
            request=replace(WISH, at=at),
        )
        for at in (NOW, SOONER)
    ]
    assert merged_entry(START, sides[0], sides[1]) == sides[1]
    assert merged_entry(START, sides[1], sides[0]) == sides[1]


def test_of_two_ab_tests_the_last_word_counts() -> None:
    """In a row the later decision would have overwritten the earlier one."""
    won = replace(START, ab_test=AbTest(at=NOW, control=v("v0.9"), better=True))
    lost = replace(START, ab_test=AbTest(at=LATER, control=v("v0.9"), better=False))
    assert merged_entry(START, won, lost).ab_test == lost.ab_test
    assert merged_entry(START, lost, won).ab_test == lost.ab_test
    at_once = replace(START, ab_test=AbTest(at=NOW, control=v("v0.9"), better=False))
    for merged in (merged_entry(START, won, at_once), merged_entry(START, at_once, won)):
        assert merged.ab_test == at_once.ab_test, "a victory in doubt is none"
    assert merged_entry(won, START, lost).ab_test == lost.ab_test, "one side knows of none"


def test_an_act_that_one_took_back_and_the_other_renewed_stands() -> None:
    held = replace(START, hold=Hold(at=NOW, by=ADA, reason="slow"))
    again = replace(START, hold=Hold(at=LATER, by=BOB, reason="slower"))
    assert merged_entry(held, START, again).hold == again.hold
    assert merged_entry(held, again, START).hold == again.hold


def test_live_traffic_is_the_smaller_share() -> None:
    shares = [replace(START, traffic=share) for share in (50, 10)]
    assert merged_entry(START, *shares).traffic == 10
    assert merged_entry(shares[0], shares[1], START).traffic == 10


def test_who_was_deployed_first_knows_what_was_before_it() -> None:
    ours = replace(START, deployed_at=NOW, previous=v("v0.8"))
    theirs = replace(START, deployed_at=SOONER, previous=v("v0.9"))
    for merged in (merged_entry(START, ours, theirs), merged_entry(START, theirs, ours)):
        assert (merged.deployed_at, merged.previous) == (SOONER, v("v0.9"))


def test_a_hold_and_a_refusal_take_the_approvals_of_the_other_side_with_them() -> None:
    approved = replace(START, approvals=(YES,), tags=("a",))
    held = replace(START, hold=Hold(at=NOW, by=ADA, reason="slow"))
    assert merged_entry(START, approved, held).approvals == ()
    tagged = replace(START, tags=("b",))
    refused = frozenset([Stage.STAGING])
    assert merged_entry(START, approved, tagged, refused=refused).approvals == ()
    refused = frozenset([Stage.PRODUCTION])
    assert merged_entry(START, approved, tagged, refused=refused).approvals == (YES,)


def test_what_a_side_took_back() -> None:
    asked = replace(START, request=WISH, approvals=(YES,))
    assert revoked(asked, asked, moved=False) == set()
    assert revoked(asked, replace(asked, approvals=()), moved=False) == {Stage.STAGING}
    assert revoked(asked, replace(asked, request=None), moved=False) == {Stage.STAGING}
    assert revoked(asked, replace(asked, request=None), moved=True) == set()


def test_other_files_under_one_number_are_ours_until_somebody_decides() -> None:
    changed = [replace(START, artifact=replace(START.artifact, digest=one)) for one in ("a", "b")]
    assert merged_entry(START, *changed).artifact == Artifact(
        path=START.artifact.path, digest="a", content=START.artifact.content, size=12
    )
