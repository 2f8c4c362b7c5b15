"""Whose yes counts, and what keeps a version out of a stage."""

from __future__ import annotations

import pytest

from swreg.domain import gates
from swreg.domain.events import ApprovedEvent, DeprecatedEvent, Event
from swreg.domain.gates import Promotion, Violation
from swreg.domain.policy import Approval, Policy, Transitions
from swreg.domain.stage import Stage
from swreg.errors import PolicyRefused
from tests.unit.story import ADA, BOB, EVE, NAME, NOW, found, model, promoted, registered, v


def yes(by: str, other: str | None = None, digest: str = "sha256:v1") -> ApprovedEvent:
    return ApprovedEvent(
        model=NAME, version=v("v1"), for_=Stage.PRODUCTION, digest=digest, on_behalf_of=other,
        actor=by, at=NOW,
    )  # fmt: skip


def lacking(rule: Approval, *events: Event, requester: str = ADA) -> int:
    entry = found(model(registered("v1"), *events), "v1").entry
    return gates.missing(entry, Stage.PRODUCTION, rule, requester=requester)


@pytest.mark.parametrize(
    ("rule", "events", "missing"),
    [
        (Approval(), [], 1),
        (Approval(), [yes(BOB)], 0),
        (Approval(min_approvals=2), [yes(BOB)], 1),
        (Approval(min_approvals=2), [yes(BOB), yes(BOB)], 1),
        (Approval(min_approvals=2), [yes(BOB), yes(EVE)], 0),
        # the requester's own, plainly, by a second address, and under another's name
        (Approval(), [yes(ADA)], 1),
        (Approval(), [yes("Ada Lovelace <ada@home.example>")], 1),
        (Approval(), [yes("A. L. <ADA@example.org>")], 1),
        (Approval(), [yes(ADA, other=BOB)], 1),
        (Approval(allow_self_approval=True), [yes(ADA)], 0),
        (Approval(allow_self_approval=True), [yes(ADA, other=BOB)], 1),
        # for other bytes
        (Approval(), [yes(BOB, digest="sha256:other")], 1),
        # only those who are named, by name, address or both, in any case
        (Approval(approvers=("EVE@example.org",)), [yes(BOB)], 1),
        (Approval(approvers=("EVE@example.org",)), [yes(EVE)], 0),
        (Approval(approvers=("eve adams",)), [yes(EVE)], 0),
        (Approval(approvers=(EVE,)), [yes(EVE)], 0),
        # on behalf of somebody
        (Approval(approvers=("eve@example.org",)), [yes(BOB, other="eve@example.org")], 0),
        (Approval(allow_on_behalf_of=False), [yes(BOB, other=EVE)], 1),
    ],
)
def test_whose_approval_counts(rule: Approval, events: list[Event], missing: int) -> None:
    assert lacking(rule, *events) == missing


def wish(*events: Event, to: Stage = Stage.PRODUCTION, was_live: bool = False) -> Promotion:
    state = model(registered("v1"), *events)
    return Promotion(
        model=state,
        version=v("v1"),
        from_=state.stage_of(v("v1")),
        to=to,
        actor=ADA,
        at=NOW,
        requester=ADA,
        was_live=was_live,
    )


def ids(promotion: Promotion, policy: Policy) -> list[str]:
    return [one.id for one in gates.violations(promotion, policy)]


def test_all_violations_are_told_at_once() -> None:
    old = DeprecatedEvent(model=NAME, version=v("v1"), actor=ADA, at=NOW, reason="old")
    policy = Policy().with_approval(Stage.PRODUCTION, Approval(required=True, approvers=(EVE,)))
    assert ids(wish(old), policy) == ["SWR101", "SWR102", "SWR103"]
    assert ids(wish(to=Stage.STAGING), policy) == []
    assert ids(wish(promoted("v1", Stage.STAGING)), Policy()) == []


def test_skipping_staging_may_be_allowed() -> None:
    assert ids(wish(), Policy(transitions=Transitions(skip_staging=True))) == []


def test_what_was_live_needs_no_new_approval() -> None:
    policy = Policy().with_approval(Stage.PRODUCTION, Approval(required=True))
    staged = promoted("v1", Stage.STAGING)
    assert ids(wish(staged, was_live=True), policy) == []
    assert ids(wish(staged, yes(BOB)), policy) == []
    many = Policy().with_approval(Stage.PRODUCTION, Approval(required=True, min_approvals=2))
    (one,) = gates.violations(wish(staged), many)
    assert one.what == "production needs 2 more approvals"
    assert str(one).startswith("SWR103 production needs")


def test_force_moves_only_what_may_be_forced() -> None:
    soft = Violation(id="SWR101", what="skips", fix="stage it", forceable=True)
    hard = Violation(id="SWR103", what="no approval", fix="ask")
    assert gates.require([], force=False) is False
    assert gates.require([soft], force=True) is True
    with pytest.raises(PolicyRefused, match=r"\[SWR101\] skips; stage it"):
        gates.require([soft], force=False)
    with pytest.raises(PolicyRefused) as refused:
        gates.require([soft, hard], force=True)
    assert refused.value.violations == (hard,)


def test_every_gate_has_a_sentence_a_fix_and_its_own_id() -> None:
    assert len({gate.id for gate in gates.GATES}) == len(gates.GATES)
    for gate in gates.GATES:
        assert gate.id.startswith("SWR1")
        assert gate.sentence.endswith(".")
        assert gate.fix
