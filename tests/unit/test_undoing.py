"""Taking one side's change back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from swreg.domain.catalog import Model
from swreg.domain.events import (
    ArchivedEvent,
    DeprecatedEvent,
    Event,
    HeldEvent,
    PromotedEvent,
    RolledBackEvent,
    TaggedEvent,
    fold,
)
from swreg.domain.stage import Stage
from swreg.domain.undoing import only_deprecated, undone
from tests.unit.story import ADA, NAME, NOW, live, model, registered, v

DEV, STAGING, PRODUCTION, ARCHIVED = Stage.DEV, Stage.STAGING, Stage.PRODUCTION, Stage.ARCHIVED
BASE = model(*live("v1"), registered("v2"), registered("v3"))


def act(kind: type[Event], version: str, **facts: Any) -> Event:
    return kind(**{"model": NAME, "version": v(version), "actor": ADA, "at": NOW, **facts})


def move(version: str, from_: Stage, to: Stage) -> Event:
    return act(PromotedEvent, version, from_=from_, to=to)


def into_production(version: str) -> list[Event]:
    return [move(version, DEV, STAGING), move(version, STAGING, PRODUCTION)]


HELD = act(HeldEvent, "v2", reason="slow")
TAG = act(TaggedEvent, "v2", added=("fraud",))

SIDES: dict[str, tuple[list[Event], str]] = {
    "who displaced it is back in dev": (into_production("v2"), "production"),
    "all that were displaced are back": (
        [*into_production("v2"), *into_production("v3")], "production"
    ),
    "rolled back to one that was never live": (
        [act(RolledBackEvent, "v2", from_=DEV, replaces=v("v1"), reason="slow")], "production"
    ),
    "the old one is in no other stage any more": (
        [
            *into_production("v2"),
            move("v1", ARCHIVED, DEV),
            move("v1", DEV, STAGING),
        ],
        "production",
    ),
    "emptied": ([act(ArchivedEvent, "v1", from_=PRODUCTION)], "production"),
    "staged": ([move("v2", DEV, STAGING)], "staging"),
    "decided about a version": (into_production("v2"), "v2.0.0"),
    "archived": ([act(ArchivedEvent, "v2", from_=DEV)], "v2.0.0"),
    "new": ([registered("v4"), move("v4", DEV, STAGING)], "v4.0.0"),
}  # fmt: skip


@pytest.mark.parametrize("name", SIDES)
def test_what_is_undone_stands_as_before(name: str) -> None:
    events, key = SIDES[name]
    side = undone(BASE, fold(BASE, events), key)
    assert list(side.faults()) == []
    assert side.stages == BASE.stages
    kept = {version: replace(entry, hold=None) for version, entry in side.versions.items()}
    assert kept == BASE.versions


def test_holds_and_tags_are_no_part_of_a_move() -> None:
    side = fold(BASE, [HELD, TAG, *into_production("v2")])
    entry = undone(BASE, side, "production").versions[v("v2")]
    assert (entry.hold, entry.tags) == (side.versions[v("v2")].hold, ("fraud",))


def test_a_decision_taken_back_leaves_the_tags() -> None:
    side = fold(BASE, [HELD, TAG])
    assert undone(BASE, side, "v2.0.0") == fold(BASE, [TAG])


def test_other_files_take_their_tags_with_them() -> None:
    side = fold(BASE, [TAG])
    entry = side.versions[v("v2")]
    other = replace(entry, artifact=replace(entry.artifact, digest="sha256:other"))
    assert undone(BASE, side.with_entry(v("v2"), other), "v2.0.0") == BASE


def without(state: Model, version: str) -> Model:
    kept = {one: entry for one, entry in state.versions.items() if one != v(version)}
    return replace(state, versions=kept)


def test_a_version_that_was_taken_out_is_back() -> None:
    assert undone(BASE, without(BASE, "v2"), "v2.0.0").versions == BASE.versions
    emptied = without(BASE, "v1").with_stage(PRODUCTION, None)
    assert undone(BASE, emptied, "production") == BASE
    assert undone(BASE, emptied, "v1.0.0") == BASE


def test_a_pointer_to_nothing_is_undone_as_well() -> None:
    astray = BASE.with_stage(PRODUCTION, v("v9"))
    assert undone(BASE, astray, "production") == BASE


def ends(day: date | None) -> Event:
    return act(DeprecatedEvent, "v2", end_of_life=day, reason="old")


def test_a_deprecation_that_is_still_to_come_is_told_from_all_else() -> None:
    def only(*events: Event, key: str = "v2.0.0", base: Model = BASE) -> bool:
        return only_deprecated(base, fold(base, events), key)

    assert only(ends(None))
    assert only(ends(date(2024, 1, 20)), TAG)
    assert not only(ends(date(2024, 1, 19))), "it was over on the day it was said"
    assert not only()
    assert not only(ends(None), HELD)
    assert not only(ends(None), move("v2", DEV, STAGING))
    assert not only(ends(None), key="production")
    assert not only(ends(None), key="v9.0.0")
    assert not only(TAG, base=fold(BASE, [ends(None)]))
