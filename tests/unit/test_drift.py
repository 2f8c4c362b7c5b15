"""Events that could not have happened, and what two states do not share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from swreg.domain.catalog import Model
from swreg.domain.drift import differences, illegal, unordered, walk
from swreg.domain.events import (
    ApprovedEvent,
    ArchivedEvent,
    Event,
    HeldEvent,
    HoldLiftedEvent,
    PolicyChangedEvent,
    PromotedEvent,
    PromotionRequestedEvent,
    RolledBackEvent,
    TaggedEvent,
    VersionEvent,
    fold,
)
from swreg.domain.gates import Violation
from swreg.domain.stage import Stage
from tests.unit.story import ADA, BOB, NAME, NOW, live, model, registered, v

DEV, STAGING, PRODUCTION, ARCHIVED = Stage.DEV, Stage.STAGING, Stage.PRODUCTION, Stage.ARCHIVED


def act(kind: type[VersionEvent], version: str, **facts: Any) -> VersionEvent:
    return kind(**{"model": NAME, "version": v(version), "actor": ADA, "at": NOW, **facts})


HELD = act(HeldEvent, "v3", reason="slow")
AWAY = act(ArchivedEvent, "v4", from_=DEV)
# v1 in production, v2 in dev, v3 held, v4 archived.
STATE = model(*live("v1"), *(registered(one) for one in ("v2", "v3", "v4")), HELD, AWAY)


def up(version: str, to: Stage, **facts: Any) -> VersionEvent:
    return act(PromotedEvent, version, **{"from_": DEV, "to": to, **facts})


def yes(version: str, for_: Stage = STAGING, **facts: Any) -> VersionEvent:
    return act(ApprovedEvent, version, **{"for_": for_, "digest": f"sha256:{version}", **facts})


POSSIBLE = [
    registered("v5"),
    up("v2", STAGING),
    up("v2", PRODUCTION, replaces=v("v1")),
    up("v4", DEV, from_=ARCHIVED, reason="wanted again"),
    act(PromotionRequestedEvent, "v2", from_=DEV, to=STAGING),
    act(RolledBackEvent, "v2", from_=DEV, replaces=v("v1"), reason="slow"),
    act(ArchivedEvent, "v2", from_=DEV),
    act(HoldLiftedEvent, "v3", reason="mended"),
    act(TaggedEvent, "v4", added=("a",)),
    yes("v2"),
]


@pytest.mark.parametrize("event", POSSIBLE, ids=lambda one: one.summary())
def test_what_can_happen(event: VersionEvent) -> None:
    assert list(illegal(STATE, event)) == []


IMPOSSIBLE = [
    (registered("v1"), "v1.0.0 is registered a second time"),
    (act(TaggedEvent, "v9", added=("a",)), "v9.0.0 is not registered"),
    (up("v2", PRODUCTION, from_=STAGING), "v2.0.0 was in dev, not in staging as the record says"),
    (up("v2", PRODUCTION), "production held v1.0.0, not nothing"),
    (up("v2", STAGING, replaces=v("v1")), "staging held nothing, not v1.0.0"),
    (up("v4", DEV, from_=ARCHIVED, reason="x", replaces=v("v1")), "dev held nothing, not v1.0.0"),
    (up("v3", STAGING), f"{NAME} v3.0.0 is held since 2024-01-20: slow"),
    (act(PromotionRequestedEvent, "v3", from_=DEV, to=STAGING), "v3.0.0 is held"),
    (act(PromotionRequestedEvent, "v1", from_=PRODUCTION, to=STAGING), "cannot go from production"),
    (
        act(RolledBackEvent, "v2", from_=DEV, replaces=v("v4"), reason="slow"),
        "production held v1.0.0, not v4.0.0",
    ),
    (act(RolledBackEvent, "v2", from_=DEV, replaces=v("v1")), "a rollback needs a reason"),
    (act(ArchivedEvent, "v1", from_=PRODUCTION), f"{NAME} v1.0.0 is live in production"),
    (act(HoldLiftedEvent, "v2", reason="mended"), "v2.0.0 is not held"),
    (yes("v2", DEV), "dev needs no approval"),
    (yes("v2", digest="sha256:0123456789abcdef"), "for other bytes (sha256:0123456789ab…)"),
    (yes("v3"), "v3.0.0 is held"),
    (yes("v4"), "v4.0.0 is archived"),
]


@pytest.mark.parametrize(("event", "said"), IMPOSSIBLE, ids=lambda one: str(one)[:50])
def test_what_cannot_happen(event: VersionEvent, said: str) -> None:
    (why,) = illegal(STATE, event)
    assert said in why


def no_judge(state: Model, event: VersionEvent) -> list[Violation]:
    return []


def gate(state: Model, event: VersionEvent) -> Iterator[Violation]:
    """A gate that lets nothing into staging."""
    if isinstance(event, PromotedEvent):
        yield Violation(id="SWR301", what="accuracy is too low", fix="train longer")


def test_a_history_that_could_be_leads_to_its_end_without_a_word() -> None:
    policy = PolicyChangedEvent(actor=ADA, at=NOW, what="stages")
    events: list[Event] = [registered("v5"), policy, up("v5", STAGING)]
    assert walk(STATE, events, no_judge) == (fold(STATE, [events[0], events[2]]), [])


def test_each_fault_is_told_and_what_follows_is_walked_all_the_same() -> None:
    events = [up("v9", STAGING), up("v3", STAGING), up("v2", STAGING, replaces=v("v3"))]
    after, faults = walk(STATE, events, gate)
    assert [(one.id, one.event, one.what, one.fix) for one in faults] == [
        ("SWR202", events[0], "v9.0.0 is not registered", ""),
        ("SWR202", events[1], f"{NAME} v3.0.0 is held since 2024-01-20: slow", ""),
        ("SWR203", events[2], "[SWR301] accuracy is too low", "train longer"),
    ]
    assert after == fold(STATE, events[1:])


def test_two_states_and_what_they_do_not_share() -> None:
    tagged = act(TaggedEvent, "v2", added=("fraud", "x" * 120))
    after = fold(STATE, [up("v2", STAGING), registered("v5"), tagged, yes("v2", reason="y" * 120)])
    kept = {version: entry for version, entry in after.versions.items() if version != v("v4")}
    after = replace(after, versions=kept).with_stage(PRODUCTION, None)
    found = [(str(one.version), one.what) for one in differences(STATE, after)]
    approvals, tags = found[2], found[3]
    assert set(found[:2]) == {
        ("v2.0.0", "staging is v2.0.0, not empty"),
        ("v1.0.0", "production is empty, not v1.0.0"),
    }
    assert approvals[1].startswith("approvals of v2.0.0 is [{'by': 'Ada Lovelace")
    assert approvals[1].endswith("…, not nothing")
    assert tags[1].startswith("tags of v2.0.0 is ['fraud', 'xxx")
    assert found[4:] == [("v4.0.0", "v4.0.0 was taken out"), ("v5.0.0", "v5.0.0 was put in")]
    assert list(differences(after, after)) == []


def test_a_fact_in_a_difference_is_said_as_a_file_has_it() -> None:
    changed = fold(STATE, [act(HoldLiftedEvent, "v3", reason="mended")])
    (one,) = differences(STATE, changed)
    assert one.what == (
        "hold of v3.0.0 is nothing, not "
        "{'at': '2024-01-20T14:00:00Z', 'by': 'Ada Lovelace <ada@example.org>', 'reason': 'slow'}"
    )
    entry = STATE.versions[v("v2")]
    (one,) = differences(STATE, STATE.with_entry(v("v2"), replace(entry, traffic=10)))
    assert one.what == "traffic of v2.0.0 is 10, not nothing"


def test_the_order_of_what_is_a_set_makes_no_difference() -> None:
    events = [yes("v2"), yes("v2", actor=BOB), act(TaggedEvent, "v2", added=("b", "a"))]
    one, two = fold(STATE, events), fold(STATE, [events[1], events[0], *events[2:]])
    assert one != two
    assert unordered(one) == unordered(two)
    assert unordered(one).versions[v("v2")].tags == ("a", "b")
