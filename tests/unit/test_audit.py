"""Deployments worked out from events, and the report as a person reads it."""

from __future__ import annotations

import pytest

from swreg.domain.audit import AuditReport, Deployment, VersionFacts, deployments, within
from swreg.domain.audit_text import annex, duration
from swreg.domain.events import (
    ApprovedEvent,
    ArchivedEvent,
    Event,
    PolicyChangedEvent,
    PromotedEvent,
    PromotionRequestedEvent,
    RejectedEvent,
    RolledBackEvent,
)
from swreg.domain.shape import Timestamp
from swreg.domain.stage import Stage
from swreg.domain.version import Version
from swreg.domain.witness import Discrepancy

V1, V2 = Version.parse("v1.0.0"), Version.parse("v2.0.0")
ADA, BOB, EVE = "Ada <ada@example.org>", "Bob <bob@example.org>", "Eve <eve@example.org>"


def at(day: int) -> Timestamp:
    return Timestamp(f"2024-01-{day:02}T12:00:00Z")


def live(version: Version, day: int, *, actor: str = ADA, forced: bool = False) -> PromotedEvent:
    return PromotedEvent(
        model="m",
        version=version,
        from_=Stage.STAGING,
        to=Stage.PRODUCTION,
        actor=actor,
        at=at(day),
        reason="good",
        forced=forced,
    )


def back(day: int) -> RolledBackEvent:
    return RolledBackEvent(
        model="m",
        version=V1,
        from_=Stage.ARCHIVED,
        replaces=V2,
        actor=BOB,
        at=at(day),
        reason="bad <news>",
    )


def approved(
    day: int, by: str, *, for_: Stage = Stage.PRODUCTION, on_behalf_of: str | None = None
) -> ApprovedEvent:
    return ApprovedEvent(
        model="m",
        version=V2,
        for_=for_,
        digest="sha256:1",
        on_behalf_of=on_behalf_of,
        actor=by,
        at=at(day),
    )


STORY: list[Event] = [
    PolicyChangedEvent(actor=EVE, at=at(1), what="approval off", relaxes=True),
    live(V1, 2),
    PromotionRequestedEvent(
        model="m", version=V2, from_=Stage.STAGING, to=Stage.PRODUCTION, actor=BOB, at=at(3)
    ),
    approved(4, EVE, for_=Stage.STAGING),
    approved(5, ADA),
    approved(6, ADA, on_behalf_of="Grace <grace@example.org>"),
    live(V2, 7, forced=True),
    back(9),
]


def test_every_stay_in_production_with_who_and_why() -> None:
    first, second, third = deployments(STORY, end=at(10))
    assert (first.version, first.until, first.seconds) == (V1, at(7), 5 * 86_400)
    assert first.ended == "replaced by v2.0.0"
    assert second.requested_by == BOB
    assert second.approved_by == (ADA, "Grace <grace@example.org>")
    assert second.forced
    assert second.ended == "rolled back to v1.0.0"
    assert (third.version, third.until, third.seconds) == (V1, None, 86_400)
    assert third.how == "rolled-back"


def test_a_rejection_takes_approvals_away_and_an_archival_ends_a_stay() -> None:
    no = RejectedEvent(
        model="m", version=V2, for_=Stage.PRODUCTION, actor=EVE, at=at(6), reason="no"
    )
    gone = ArchivedEvent(
        model="m", version=V2, from_=Stage.PRODUCTION, actor=EVE, at=at(8), reason="retired"
    )
    other = ArchivedEvent(model="m", version=V1, from_=Stage.DEV, actor=EVE, at=at(8))
    (stay,) = deployments([approved(5, ADA), no, live(V2, 7), other, gone], end=at(10))
    assert stay.approved_by == ()
    assert (stay.until, stay.ended) == (at(8), "archived: retired")


def test_bounds_are_inclusive_days_or_moments() -> None:
    assert len(within(STORY, "2024-01-02", "2024-01-03")) == 2
    assert len(within(STORY, "2024-01-07T12:00:00Z", None)) == 2
    assert within(STORY, None, None) == tuple(STORY)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_700, "1 h 1 min"), (93_600, "1 d 2 h")],
)
def test_durations(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def report(*stays: Deployment, **more: object) -> AuditReport:
    values: dict[str, object] = {
        "model": "m",
        "start": "2024-01-01",
        "end": "2024-01-31",
        "commit": "a" * 40,
        "deployments": stays,
        "versions": (),
        "events": (),
        "policy": {},
        "integrity": (),
        "signed": "not asked for",
        **more,
    }
    return AuditReport(**values)  # type: ignore[arg-type]


def test_an_empty_report_says_none_and_not_recorded() -> None:
    text = str(report(model=None, start=None, end=None))
    assert "# Audit of all models" in text
    assert "the beginning to now" in text
    assert "They agree on everything." in text
    assert {state for _, state in annex(report())} == {"not recorded"}


def test_a_full_report_names_everything_and_lets_nothing_act() -> None:
    facts = VersionFacts(
        model="m",
        version=V2,
        registered_at=at(1),
        registered_by=ADA,
        digest="sha256:" + "9" * 64,
        metrics={"accuracy": 0.87},
        data="<script>alert(1)</script>",
    )
    text = str(
        report(
            *deployments(STORY, end=at(10)),
            versions=(facts,),
            events=tuple(STORY),
            policy={"commit": {"push": "`</pre>"}},
            integrity=(Discrepancy(id="SWR309", what="a hand | edit", where="c1"),),
        )
    )
    assert "(forced)" in text
    assert "on behalf of Grace" in text
    assert "accuracy 0.87" in text
    assert "approval off" in text
    assert "SWR309 A commit changed the registry" in text
    assert "</pre>" not in text
    lines = [line for line in text.splitlines() if "<script>" in line]
    assert all("`<script>alert(1)</script>`" in line for line in lines)
    assert (
        dict(annex(report(versions=(facts,))))[
            "Elements and process of development, data and training"
        ]
        == "recorded"
    )
