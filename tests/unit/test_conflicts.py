"""Which changes of two branches contradict each other, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from swreg.domain.catalog import Model
from swreg.domain.conflicts import Conflict, conflicts, removed
from swreg.domain.events import (
    ApprovedEvent,
    ArchivedEvent,
    DeprecatedEvent,
    Event,
    HeldEvent,
    PromotedEvent,
    PromotionRequestedEvent,
    RejectedEvent,
    fold,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from tests.unit.story import ADA, BOB, NAME, NOW, live, model, promoted, registered, v

LATER = Timestamp("2024-01-21T09:00:00Z")
DEV, STAGING, PRODUCTION, ARCHIVED = Stage.DEV, Stage.STAGING, Stage.PRODUCTION, Stage.ARCHIVED


def act(kind: type[Event], version: str, **facts: Any) -> Event:
    return kind(**{"model": NAME, "version": v(version), "actor": ADA, "at": NOW, **facts})


def archived(version: str, from_: Stage = DEV, at: Timestamp = NOW) -> Event:
    return act(ArchivedEvent, version, from_=from_, at=at)


def asked(version: str, to: Stage) -> Event:
    return act(PromotionRequestedEvent, version, from_=DEV, to=to)


def ends(version: str, day: int | None) -> Event:
    end = date(2024, 6, day) if day else None
    return act(DeprecatedEvent, version, end_of_life=end, reason="old")


def into(version: str, to: Stage, from_: Stage, replaces: str | None = None) -> Event:
    event = promoted(version, to, from_)
    return replace(event, replaces=v(replaces) if replaces else None)


def sentences(base: Model, ours: Iterable[Event], theirs: Iterable[Event]) -> list[str]:
    """What contradicts, with the model's name left out; the other way round it is the mirror."""
    sides = fold(base, ours), fold(base, theirs)
    found = [str(one) for one in conflicts(base, *sides)]
    mirrored = [str(one) for one in conflicts(base, *reversed(sides))]
    assert len(mirrored) == len(found)
    return [one.removeprefix(f"{NAME} ").replace(f" of {NAME}", "") for one in found]


DEVS = model(registered("v1"), registered("v2"), registered("v3"))
RUNNING = model(*live("v1"), registered("v2"), registered("v3"))
ASIDE = model(registered("v1"), archived("v1"))
APPROVED = model(registered("v1"), act(ApprovedEvent, "v1", for_=STAGING, digest="sha256:v1"))
TOOK_BACK = "took back what was asked or approved for"
V1_STAGED: list[Event] = [promoted("v1", STAGING)]
BACK_IN_STAGING = [into("v1", DEV, ARCHIVED), promoted("v1", STAGING)]
BACK_AND_AWAY = [into("v1", DEV, ARCHIVED), archived("v1", at=LATER)]

CONTRADICTIONS: dict[str, tuple[Model, list[Event], list[Event], list[str]]] = {
    "two in staging": (
        DEVS, V1_STAGED, [promoted("v2", STAGING)],
        ["staging: ours has v1.0.0, theirs v2.0.0"],
    ),
    "production emptied and filled": (
        RUNNING,
        [archived("v1", PRODUCTION)],
        [promoted("v2", STAGING), into("v2", PRODUCTION, STAGING, "v1")],
        ["production: ours has nothing, theirs v2.0.0"],
    ),
    "here up, there away": (
        DEVS, V1_STAGED, [archived("v1")], ["v1.0.0: ours moved it to staging, theirs archived it"],
    ),
    "here up, there held": (
        DEVS, V1_STAGED, [act(HeldEvent, "v1", reason="slow")],
        ["v1.0.0: ours moved it to staging, theirs held it"],
    ),
    "here up, there deprecated": (
        DEVS, V1_STAGED, [ends("v1", 1)],
        ["v1.0.0: ours moved it to staging, theirs deprecated it"],
    ),
    "here up from the archive, there back and away": (
        ASIDE, BACK_IN_STAGING, BACK_AND_AWAY,
        ["v1.0.0: ours moved it to staging, theirs archived it"],
    ),
    "here up, there rejected": (
        APPROVED, V1_STAGED, [act(RejectedEvent, "v1", for_=STAGING)],
        [f"v1.0.0: ours moved it to staging, theirs {TOOK_BACK} staging"],
    ),
    "here up, there away and followed": (
        model(registered("v1"), registered("v2"), promoted("v1", STAGING)),
        [into("v1", PRODUCTION, STAGING)],
        [archived("v1", STAGING), promoted("v2", STAGING)],
        ["v1.0.0: ours moved it to production, theirs archived it"],
    ),
    "two last days": (
        DEVS, [ends("v1", 1)], [ends("v1", None)],
        ["v1.0.0: its end of life is 2024-06-01 in ours, open in theirs"],
    ),
    "two wishes": (
        DEVS, [asked("v1", STAGING)], [asked("v1", PRODUCTION)],
        ["v1.0.0: ours asks for staging, theirs for production"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions(name: str) -> None:
    base, ours, theirs, said = CONTRADICTIONS[name]
    assert sentences(base, ours, theirs) == said


NO_CONTRADICTIONS: dict[str, tuple[Model, list[Event], list[Event]]] = {
    "the same in both": (DEVS, V1_STAGED, V1_STAGED),
    "staging emptied and filled": (
        model(registered("v1"), registered("v2"), promoted("v1", STAGING)),
        [into("v1", DEV, STAGING)],
        [into("v2", STAGING, DEV, "v1")],
    ),
    "gave way in production, and was held": (
        RUNNING,
        [promoted("v2", STAGING), into("v2", PRODUCTION, STAGING, "v1")],
        [act(HeldEvent, "v1", reason="slow")],
    ),
    "the same last day": (DEVS, [ends("v1", 1)], [ends("v1", 1)]),
    "one last day, said by two": (DEVS, [ends("v1", 1)], [replace(ends("v1", 1), actor=BOB)]),
    "one wish of two": (DEVS, [asked("v1", STAGING)], [replace(asked("v1", STAGING), actor=BOB)]),
    "rejected for another stage": (
        APPROVED, [into("v1", PRODUCTION, DEV)], [act(RejectedEvent, "v1", for_=STAGING)],
    ),
    "deprecated, and not moved": (DEVS, [ends("v1", 1)], [asked("v1", STAGING)]),
    "both archived it": (DEVS, [archived("v1")], [archived("v1", at=LATER)]),
    "both new, with the same files": (DEVS, [registered("v4")], [registered("v4")]),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_CONTRADICTIONS)
def test_no_contradictions(name: str) -> None:
    assert sentences(*NO_CONTRADICTIONS[name]) == []


def without(state: Model, version: str) -> Model:
    kept = {one: entry for one, entry in state.versions.items() if one != v(version)}
    return replace(state, versions=kept)


def test_what_one_side_took_out_and_the_other_changed() -> None:
    changed = fold(DEVS, [ends("v1", 1)])
    (one,) = conflicts(DEVS, without(DEVS, "v1"), changed)
    assert str(one) == f"{NAME} v1.0.0: ours removed it, theirs changed it"
    (other,) = conflicts(DEVS, changed, without(DEVS, "v1"))
    assert str(other) == f"{NAME} v1.0.0: theirs removed it, ours changed it"
    assert other.place == (NAME, "v1.0.0")


def test_what_was_taken_out_and_not_changed_is_gone_in_peace() -> None:
    gone = without(DEVS, "v1")
    assert list(conflicts(DEVS, gone, DEVS)) == []
    assert list(conflicts(DEVS, gone, gone)) == []
    assert list(conflicts(Model(NAME), model(registered("v1")), Model(NAME))) == []


def test_one_number_with_two_contents() -> None:
    other = replace(registered("v4"), digest="sha256:other")
    ours, theirs = fold(DEVS, [registered("v4")]), fold(DEVS, [other])
    said = f"{NAME} v4.0.0: ours and theirs have different files under this number"
    assert [str(one) for one in conflicts(DEVS, ours, theirs)] == [said]
    # Where the base had it, one who left the files alone does not contradict.
    assert list(conflicts(ours, ours, theirs)) == []
    third = fold(DEVS, [replace(registered("v4"), digest="sha256:third")])
    assert [str(one) for one in conflicts(third, ours, theirs)] == [said]


def test_a_model_that_one_side_removed() -> None:
    gone = removed(NAME, by="theirs")
    assert gone == Conflict(NAME, "", f"{NAME}: theirs removed it, ours changed it")
    assert removed(NAME, by="ours").what == f"{NAME}: ours removed it, theirs changed it"


def test_a_promotion_that_both_made_stands_whatever_one_said_after_it() -> None:
    staged = [promoted("v1", STAGING)]
    assert sentences(DEVS, staged, [*staged, ends("v1", 1)]) == []


def test_events_of_the_story_are_those_that_could_be() -> None:
    """The table above would prove little with moves that no history can have."""
    cases = [*NO_CONTRADICTIONS.values(), *(one[:3] for one in CONTRADICTIONS.values())]
    for base, ours, theirs in cases:
        for side in (ours, theirs):
            state = base
            for event in side:
                if isinstance(event, (PromotedEvent, ArchivedEvent)):
                    assert state.stage_of(event.version) is event.from_, event
                state = event.apply(state)
            assert list(state.faults()) == []
