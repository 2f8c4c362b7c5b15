"""What an event means for a model, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from swreg.domain import events
from swreg.domain.catalog import Model
from swreg.domain.entry import AbTest
from swreg.domain.events import (
    EVENTS,
    AbTestDecidedEvent,
    Event,
    MonitorSnapshotEvent,
    PolicyChangedEvent,
    ResolvedEvent,
    Settled,
    SignatureSetEvent,
    TriggerFiredEvent,
    UnitedEvent,
    fold,
)
from swreg.domain.stage import Stage
from swreg.errors import NotFound
from tests.unit.story import ADA, NAME, NOW, live, model, promoted, registered, v

WHO: dict[str, Any] = {"model": NAME, "actor": ADA, "at": NOW}
STATE = model(*live("v1"), registered("v2"), promoted("v2", Stage.STAGING), registered("v3"))


def test_every_kind_has_a_name_and_a_sentence_of_its_own() -> None:
    kinds = {one for one in vars(events).values() if isinstance(one, type) and one is not Event}
    assert set(EVENTS.values()) == {one for one in kinds if issubclass(one, Event) and one.kind}
    assert all(kind == cls.kind for kind, cls in EVENTS.items())
    assert len({cls.sentence for cls in EVENTS.values()}) == len(EVENTS)


EVIDENCE = [
    PolicyChangedEvent(**WHO, what="stages.production"),
    SignatureSetEvent(**WHO, version=v("v1"), digest="sha256:ab"),
    TriggerFiredEvent(**WHO, version=v("v1"), observed="error_rate 0.07 > 0.05"),
    MonitorSnapshotEvent(**WHO, version=v("v1"), figures="{}"),
]


@pytest.mark.parametrize("event", EVIDENCE, ids=lambda one: one.kind)
def test_evidence_changes_no_state(event: Event) -> None:
    assert event.apply(STATE) == STATE


def test_an_ab_test_stands_at_the_version_it_was_about() -> None:
    facts: dict[str, Any] = {**WHO, "version": v("v3"), "control": v("v1"), "evidence": "sha256:e"}
    after = fold(STATE, [AbTestDecidedEvent(**facts, better=better) for better in (False, True)])
    assert after.versions[v("v3")].ab_test == AbTest(at=NOW, control=v("v1"), better=True)


def test_what_is_told_of_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound, match=r"has no version v9\.0\.0"):
        fold(STATE, [promoted("v9", Stage.STAGING)])


def test_a_united_model_has_the_stages_that_were_decided() -> None:
    event = UnitedEvent(**WHO, home="0042-fraud", other="0043-more", production=v("v3"))
    after = event.apply(STATE)
    assert after.stages == {Stage.PRODUCTION: v("v3")}
    assert after.versions == STATE.versions
    assert event.summary() == f"unite {NAME} of 0043-more into 0042-fraud"


def test_a_decided_merge_says_how_stages_and_versions_stand() -> None:
    entry = STATE.versions[v("v1")]
    event = ResolvedEvent(
        **WHO,
        decided=("staging=ours", "v2.0.0=theirs"),
        production=v("v1"),
        entries=(Settled(version=v("v2")), Settled(version=v("v4"), entry=entry)),
    )
    after = event.apply(STATE)
    assert after.stages == {Stage.PRODUCTION: v("v1")}
    assert after.versions == {
        v("v1"): entry, v("v3"): STATE.versions[v("v3")], v("v4"): entry
    }  # fmt: skip
    assert event.apply(after) == after
    assert event.summary() == f"decide the merge of {NAME}: staging=ours, v2.0.0=theirs"


def test_a_decision_that_names_no_version_leaves_them_all() -> None:
    event = ResolvedEvent(**WHO, decided=(), production=v("v1"), staging=v("v2"))
    assert event.apply(STATE) == STATE
    assert event.apply(Model(NAME)).versions == {}


def test_an_event_as_data_has_every_field_by_its_name() -> None:
    assert promoted("v2", Stage.STAGING).as_data() == {
        "event": "promoted",
        "model": NAME,
        "actor": ADA,
        "at": NOW,
        "reason": "",
        "forced": False,
        "parent": "",
        "origin": "",
        "version": v("v2"),
        "from": Stage.DEV,
        "to": Stage.STAGING,
        "replaces": None,
        "traffic": None,
    }
