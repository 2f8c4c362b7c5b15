"""What the result of a merge may say, held against its parents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from swreg.domain.catalog import Model
from swreg.domain.drift import ENTRY_FIELDS
from swreg.domain.drift_merge import facts, merge_faults
from swreg.domain.events import ArchivedEvent, Event, PromotedEvent, TaggedEvent, fold
from swreg.domain.stage import Stage
from tests.unit.story import ADA, NAME, NOW, live, model, registered, v

DEV, STAGING, PRODUCTION = Stage.DEV, Stage.STAGING, Stage.PRODUCTION
BASE = model(*live("v1"), registered("v2"), registered("v3"))


def act(kind: type[Event], version: str, **facts: Any) -> Event:
    return kind(**{"model": NAME, "version": v(version), "actor": ADA, "at": NOW, **facts})


def live_soon(version: str) -> list[Event]:
    staged = act(PromotedEvent, version, from_=DEV, to=STAGING)
    return [staged, act(PromotedEvent, version, from_=STAGING, to=PRODUCTION)]


def tag(*added: str, **more: Any) -> Event:
    return act(TaggedEvent, "v1", added=added, **more)


def said(merged: Model, *sides: Model, base: Model = BASE) -> list[tuple[str, str]]:
    return [(str(one.version), one.what) for one in merge_faults(base, sides, merged)]


def test_the_facts_of_a_model_are_its_pointers_and_every_field_of_its_versions() -> None:
    assert len(facts(BASE)) == 1 + 3 * len(ENTRY_FIELDS)
    assert facts(BASE)[PRODUCTION, "pointer"] == v("v1")
    assert facts(Model(NAME)) == {}


def test_a_merge_of_independent_changes_is_one_of_both() -> None:
    one, two = fold(BASE, [tag("a")]), fold(BASE, live_soon("v2"))
    both = fold(BASE, [tag("a"), *live_soon("v2")])
    assert said(both, one, two) == []
    assert said(one, one, two) == [
        ("v1.0.0", "the pointer of production leaves out what one side of the merge changed"),
        ("v1.0.0", "archived of v1.0.0 leaves out what one side of the merge changed"),
        ("v2.0.0", "deployed_at of v2.0.0 leaves out what one side of the merge changed"),
        ("v2.0.0", "previous of v2.0.0 leaves out what one side of the merge changed"),
    ]


def test_sets_are_joined_in_any_order() -> None:
    base = fold(BASE, [tag("a", "b")])
    one = fold(base, [tag("x", removed=("a",))])
    two = fold(base, [tag("y")])
    for tags in (("b", "x", "y"), ("y", "x", "b")):
        entry = replace(base.versions[v("v1")], tags=tags)
        assert said(base.with_entry(v("v1"), entry), one, two, base=base) == []
    left = replace(base.versions[v("v1")], tags=("a", "b", "x", "y"))
    assert said(base.with_entry(v("v1"), left), one, two, base=base) == [
        ("v1.0.0", "tags of v1.0.0 is in no parent of the merge")
    ]


def test_where_two_moves_collide_either_may_stand_with_what_goes_with_it() -> None:
    one, two = fold(BASE, live_soon("v2")), fold(BASE, live_soon("v3"))
    assert said(one, one, two) == []
    assert said(two, one, two) == []
    third = fold(BASE, [act(ArchivedEvent, "v1", from_=PRODUCTION)])
    assert said(third, one, two) == [
        ("None", "the pointer of production is in no parent of the merge"),
        ("v1.0.0", "archived of v1.0.0 is in no parent of the merge"),
    ]


def test_a_version_of_no_parent_is_told_with_each_of_its_facts() -> None:
    merged = fold(BASE, [registered("v9")])
    found = said(merged, BASE, BASE)
    assert ("v9.0.0", "artifact of v9.0.0 is in no parent of the merge") in found
    assert {version for version, _ in found} == {"v9.0.0"}
    pointed = BASE.with_stage(STAGING, v("v2"))
    assert said(pointed, BASE, BASE) == [
        ("v2.0.0", "the pointer of staging is in no parent of the merge")
    ]
