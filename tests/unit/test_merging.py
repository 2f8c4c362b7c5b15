"""Merges of whole catalogs: removals, decisions, many conflicts, and sides that do not fit."""

from __future__ import annotations

from dataclasses import replace

from swreg.domain.catalog import Catalog, Model
from swreg.domain.events import (
    ArchivedEvent,
    Event,
    PromotionRequestedEvent,
    RejectedEvent,
    TaggedEvent,
    fold,
)
from swreg.domain.merging import NOTHING, merge, merge_model
from swreg.domain.stage import Stage
from tests.unit.story import ADA, NAME, NOW, live, model, promoted, registered, v

BASE = model(registered("v1"), registered("v2"))


def of(*models: Model | None) -> Catalog:
    return Catalog({one.name: one for one in models if one is not None})


def tagged(version: str, tag: str = "fraud") -> TaggedEvent:
    return TaggedEvent(model=NAME, version=v(version), added=(tag,), actor=ADA, at=NOW)


def without(state: Model, version: str) -> Model:
    kept = {one: entry for one, entry in state.versions.items() if one != v(version)}
    return replace(state, versions=kept)


def test_a_model_that_only_one_side_has_comes_in_and_one_that_it_removed_goes() -> None:
    new = Model("churn-model")
    assert merge(of(BASE), of(BASE, new), of(BASE)).ours == of(new, BASE)
    assert merge(of(BASE, new), of(BASE), of(BASE, new)).theirs == of(BASE)


def test_a_model_removed_here_and_changed_there_is_asked_about() -> None:
    changed = fold(BASE, [tagged("v1")])
    merged = merge(of(BASE), of(), of(changed))
    assert [str(one) for one in merged.conflicts] == [f"{NAME}: ours removed it, theirs changed it"]
    assert (merged.ours, merged.theirs) == (of(), of(changed))
    mirrored = merge(of(BASE), of(changed), of())
    assert (mirrored.ours, mirrored.theirs) == (of(changed), of())
    kept = merge(of(BASE), of(), of(changed), decisions={(NAME, ""): "theirs"})
    assert (kept.ours, kept.conflicts) == (of(changed), ())


def test_a_version_removed_here_and_left_alone_there_is_gone() -> None:
    changed = fold(BASE, [tagged("v2")])
    merged = merge(of(BASE), of(without(BASE, "v1")), of(changed))
    assert (merged.ours, merged.conflicts) == (of(without(changed, "v1")), ())
    assert merge(of(BASE), of(changed), of(without(BASE, "v1"))).ours == merged.ours


def test_one_model_of_two_catalogs_without_a_common_past() -> None:
    ours = model(*live("v1"), registered("v2"), tagged("v2", "a"))
    theirs = model(registered("v2"), tagged("v2", "b"), registered("v3"))
    merged = merge_model(None, ours, theirs, decisions=NOTHING)
    assert not merged.conflicts
    both = merged.ours.models[NAME]
    assert [str(one) for one in both.versions] == ["v1.0.0", "v2.0.0", "v3.0.0"]
    assert (both.production, both.versions[v("v2")].tags) == (v("v1"), ("a", "b"))
    assert merge_model(BASE, BASE, fold(BASE, [tagged("v1")]), decisions=NOTHING).ours == of(
        fold(BASE, [tagged("v1")])
    )


def test_a_new_version_of_both_of_which_one_took_a_wish_back() -> None:
    """Nothing is refused to a version that the base does not know."""
    wish = PromotionRequestedEvent(
        model=NAME, version=v("v3"), from_=Stage.DEV, to=Stage.STAGING, actor=ADA, at=NOW
    )
    no = RejectedEvent(model=NAME, version=v("v3"), for_=Stage.STAGING, actor=ADA, at=NOW)
    ours = fold(BASE, [registered("v3"), wish])
    theirs = fold(BASE, [registered("v3"), wish, no, tagged("v3")])
    merged = merge(of(BASE), of(ours), of(theirs))
    assert not merged.conflicts
    entry = merged.ours.models[NAME].versions[v("v3")]
    assert (entry.request, entry.tags) == (ours.versions[v("v3")].request, ("fraud",))


def test_every_one_of_many_conflicts_is_asked_about() -> None:
    """A number of them that is larger than anybody expects is no reason to decide any."""
    numbers = [f"v1.0.{number}" for number in range(250)]
    ours = model(*(registered(one) for one in numbers))
    theirs = model(*(replace(registered(one), digest="sha256:other") for one in numbers))
    merged = merge(of(), of(ours), of(theirs))
    assert {one.key for one in merged.conflicts} ^ set(numbers) == set()
    assert (merged.ours, merged.theirs) == (of(ours), of(theirs))


def test_what_would_be_no_model_is_not_made() -> None:
    """A side that is broken by hand is taken or left as a whole."""
    astray = BASE.with_stage(Stage.PRODUCTION, v("v9"))
    changed = fold(BASE, [tagged("v1")])
    merged = merge(of(BASE), of(astray), of(changed))
    assert [one.what for one in merged.conflicts] == [
        f"{NAME}: ours and theirs do not fit together (points to v9.0.0, which is not there)"
    ]
    assert (merged.ours, merged.theirs) == (of(astray), of(changed))


def test_a_wish_that_the_other_side_made_void_is_over() -> None:
    wish = PromotionRequestedEvent(
        model=NAME, version=v("v1"), from_=Stage.DEV, to=Stage.STAGING, actor=ADA, at=NOW
    )
    events: list[Event] = [
        promoted("v1", Stage.STAGING),
        ArchivedEvent(model=NAME, version=v("v1"), from_=Stage.DEV, actor=ADA, at=NOW),
    ]
    for event in events:
        merged = merge(of(BASE), of(fold(BASE, [wish])), of(fold(BASE, [event])))
        assert not merged.conflicts
        assert merged.ours.models[NAME].versions[v("v1")].request is None
